using System.Management.Automation;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into Mermaid text, at Overview level unless told otherwise.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagMermaid")]
[OutputType(typeof(string))]
public sealed class ConvertToDagMermaidCommand : ConvertDagCommand
{
    private protected override DetailLevel DefaultDetail => DetailLevel.Overview;

    private protected override string Convert(Dag dag) => Await($"Converting {dag.Name}", _ => MermaidWriter.ToText(dag));
}
