using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as a Graphviz file.</summary>
[Cmdlet(VerbsData.Export, "DagDot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagDotCommand : ExportDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Dot;
}
