using ParallelDag.Graphs;

namespace ParallelDag.Tests.Graphs;

/// <summary>Small random graphs by seed, for algorithms and their naive oracles.</summary>
internal static class RandomGraphs
{
    /// <summary>A graph of up to 11 nodes; without cycles when asked, its nodes then numbered at random so that index order is no
    /// topological order.</summary>
    public static Topology Of(int seed, bool acyclic)
    {
        var random = new Random(seed);
        int nodes = random.Next(1, 12), edges = random.Next(0, 25);
        int[] number = [.. Enumerable.Range(0, nodes)];
        random.Shuffle(number);
        var sources = new List<int>();
        var targets = new List<int>();
        for (int i = 0; i < edges; i++)
        {
            int a = random.Next(nodes), b = random.Next(nodes);
            if (acyclic && a == b)
                continue;
            if (acyclic && a > b)
                (a, b) = (b, a);
            sources.Add(number[a]);
            targets.Add(Topology.Pack(number[b], (EdgeKind)random.Next(4)));
        }

        return Topology.FromEdges(nodes, [.. sources], [.. targets]);
    }

    /// <summary>Every path of a DAG from one node to another, by their nodes, found by trying all ways.</summary>
    public static IEnumerable<int[]> Paths(Topology graph, int start, int end)
    {
        if (start == end)
            return [[start]];
        int[] successors = [.. graph.Out(start).ToArray().Select(Topology.Node).Distinct()];
        return successors.SelectMany(next => Paths(graph, next, end)).Select(rest => (int[])[start, .. rest]);
    }

    /// <summary>The nodes without incoming, or without outgoing, edges.</summary>
    public static IEnumerable<int> Ends(Topology graph, bool outgoing) =>
        Enumerable.Range(0, graph.NodeCount).Where(node => (outgoing ? graph.OutDegree(node) : graph.InDegree(node)) == 0);
}
