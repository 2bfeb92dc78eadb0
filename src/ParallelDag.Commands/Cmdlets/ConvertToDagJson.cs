using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into JSON text.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagJson", DefaultParameterSetName = ByInput)]
[OutputType(typeof(string))]
public sealed class ConvertToDagJsonCommand : ConvertDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Json;
}
