using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into DOT text.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagDot", DefaultParameterSetName = ByInput)]
[OutputType(typeof(string))]
public sealed class ConvertToDagDotCommand : ConvertDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Dot;
}
