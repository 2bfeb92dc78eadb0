using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as GraphML, for networkx, igraph, Gephi and yEd.</summary>
[Cmdlet(VerbsData.Export, "DagGraphml", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagGraphmlCommand : ExportDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Graphml;
}
