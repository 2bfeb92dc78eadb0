using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD002: every node but inputs has a producer, every node but outputs a consumer; one (weakly) connected graph.
/// In a file that marks no node as an input, a lone node without producers is taken for the input; outputs likewise.
/// </summary>
internal static class Connected
{
    public static CheckRule Rule { get; } = new(
        "PD002",
        "Every node is connected",
        "Looks at the edges into and out of every node: every node but inputs has a producer, every node but outputs a consumer, and all "
            + "belong to one connected graph.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        if (dag.NodeCount == 0)
            return inspection.Skip("node in the graph");

        int inputs = 0, outputs = 0, sources = 0, sinks = 0, roots = 0;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeKind kind = dag.FactsOf(node).Kind;
            int weight = inspection.Weight(node);
            inputs += kind == NodeKind.Input ? weight : 0;
            outputs += kind == NodeKind.Output ? weight : 0;
            sources += Producers(graph, node) == 0 ? weight : 0;
            roots += graph.InDegree(node) == 0 ? weight : 0;
            sinks += graph.OutDegree(node) == 0 ? weight : 0;
        }

        bool loneSource = inputs == 0 && sources == 1, loneSink = outputs == 0 && sinks == 1;
        string noProducer = inputs == 0 ? "without a producer, though none is marked as an input" : "without a producer";
        string noConsumer = outputs == 0 ? "without a consumer, though none is marked as an output" : "without a consumer";
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeKind kind = dag.FactsOf(node).Kind;
            if (Producers(graph, node) == 0 && kind != NodeKind.Input && !loneSource)
                inspection.NodeFault(node, noProducer);
            if (graph.OutDegree(node) == 0 && kind != NodeKind.Output && !loneSink)
                inspection.NodeFault(node, noConsumer);
        }

        // Without a cycle every way back ends at a node that no edge enters: where there is one, all belong together.
        if (roots != 1 || inspection.Survey.Cycle.Length > 0)
            CheckParts(inspection);
        return inspection.Conclude(
            $"{Words.Count(dag.NodeCount, "node")} in one connected graph; {Words.Count(Math.Max(inputs, 1), "input")} and "
                + $"{Words.Count(Math.Max(outputs, 1), "output")} are its only ends");
    }

    private static void CheckParts(Inspection inspection)
    {
        int[] parents = Components(inspection, out int parts);
        if (parts <= 1 || parts <= Allowed(inspection))
            return;
        for (int node = 0; node < parents.Length; node++)
            parents[node] = Root(parents, node);

        // One witness of each part but the largest.
        inspection.Fault($"{Words.Count(parts, "part")} that no edge joins");
        int[] sizes = new int[parents.Length];
        foreach (int root in parents)
            sizes[root]++;
        int main = Array.IndexOf(sizes, sizes.Max());
        for (int node = 0; node < parents.Length; node++)
        {
            if (parents[node] == node && node != main)
                inspection.NodeFault(node, "in a part of its own");
        }
    }

    /// <summary>The edges into a node that bring it something; an edge of kind order brings nothing.</summary>
    private static int Producers(Topology graph, int node)
    {
        int producers = graph.InDegree(node);
        foreach (int link in graph.In(node))
            producers -= Topology.Kind(link) == EdgeKind.Order ? 1 : 0;
        return producers;
    }

    /// <summary>One part; where two phases are stated and neither cache nor token passes between them, one a phase.</summary>
    private static int Allowed(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (!inspection.Survey.IsStated)
            return 1;
        foreach (int link in dag.Topology.OutLinks)
        {
            if (Topology.Kind(link) is EdgeKind.Kv or EdgeKind.Token)
                return 1;
        }

        return dag.Phases.Count;
    }

    /// <summary>Each node's way to the lowest node of its part, by union-find with path halving; O(E α(V)).</summary>
    private static int[] Components(Inspection inspection, out int parts)
    {
        Topology graph = inspection.Dag.Topology;
        int[] parent = new int[graph.NodeCount];
        for (int node = 0; node < parent.Length; node++)
            parent[node] = node;
        parts = parent.Length;
        for (int node = 0; node < parent.Length; node++)
        {
            inspection.Step(node);
            int root = Root(parent, node);
            foreach (int link in graph.Out(node))
            {
                if (parent[Topology.Node(link)] == root)
                    continue;
                int other = Root(parent, Topology.Node(link));
                if (root == other)
                    continue;
                parent[Math.Max(root, other)] = Math.Min(root, other);
                root = Math.Min(root, other);
                parts--;
            }
        }

        return parent;
    }

    private static int Root(int[] parent, int node)
    {
        while (parent[node] != node)
            node = parent[node] = parent[parent[node]];
        return node;
    }
}
