using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Finds one cycle of a graph and returns its nodes in order, the first repeated at the end; nothing when there is none.</summary>
[Cmdlet(VerbsCommon.Find, "DagCycle", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagNode))]
public sealed class FindDagCycleCommand : DagInputCommand
{
    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        int[] edges = Await($"Searching {dag.Name}", token => CycleSearch.Find(dag.Topology, token));
        WriteVerbose(edges.Length == 0 ? $"{dag} has no cycle." : $"{dag} has a cycle of {edges.Length} edges.");
        foreach (int edge in edges)
            WriteObject(dag.Edge(edge).GetSource());
        if (edges.Length > 0)
            WriteObject(dag.Edge(edges[0]).GetSource());
    }
}
