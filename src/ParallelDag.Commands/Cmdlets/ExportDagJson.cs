using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as a JSON file.</summary>
[Cmdlet(VerbsData.Export, "DagJson", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagJsonCommand : ExportDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Json;
}
