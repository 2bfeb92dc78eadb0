using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>PD001: no cycle; otherwise the ordered closed path.</summary>
internal static class Acyclic
{
    private const int NodesInLine = 12;

    public static CheckRule Rule { get; } = new(
        "PD001",
        "No cycle",
        "Looks for a directed cycle by depth-first search over all nodes and edges and prints it as an ordered closed path.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        int[] cycle = inspection.Survey.Cycle;
        if (cycle.Length == 0)
        {
            return inspection.Conclude(
                $"{Words.Count(dag.NodeCount, "node")} and {Words.Count(dag.EdgeCount, "edge")} have a topological order");
        }

        int[] nodes = [.. cycle.Select(dag.Topology.SourceOf)];
        nodes = [.. nodes, nodes[0]];
        IEnumerable<string> path = nodes.Length <= NodesInLine
            ? nodes.Select(inspection.NodeText)
            : [.. nodes[..(NodesInLine - 2)].Select(inspection.NodeText), $"({nodes.Length - NodesInLine + 1} more)",
                inspection.NodeText(nodes[^1])];
        return inspection.Fail(
            $"cycle of {Words.Count(cycle.Length, "node")}: {string.Join(" -> ", path)}", nodes, cycle);
    }
}
