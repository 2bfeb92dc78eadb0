namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Reachability: everything downstream or upstream of some nodes, by breadth-first search. O(V + E) time, O(V) space, no recursion.
/// </summary>
public static class Reachability
{
    /// <summary>The nodes that can be reached from <paramref name="starts"/> along edges, the starts among them, ascending.</summary>
    public static int[] Downstream(Topology graph, ReadOnlySpan<int> starts, CancellationToken cancellation = default) =>
        Downstream(graph, starts, int.MaxValue, cancellation);

    /// <summary>The same over at most <paramref name="depth"/> edges.</summary>
    public static int[] Downstream(Topology graph, ReadOnlySpan<int> starts, int depth, CancellationToken cancellation = default) =>
        Search(graph.OutOffsets, graph.OutLinks, starts, depth, cancellation);

    /// <summary>The nodes that reach <paramref name="starts"/> along edges, the starts among them, ascending.</summary>
    public static int[] Upstream(Topology graph, ReadOnlySpan<int> starts, CancellationToken cancellation = default) =>
        Upstream(graph, starts, int.MaxValue, cancellation);

    /// <summary>The same over at most <paramref name="depth"/> edges.</summary>
    public static int[] Upstream(Topology graph, ReadOnlySpan<int> starts, int depth, CancellationToken cancellation = default) =>
        Search(graph.InOffsets, graph.InLinks, starts, depth, cancellation);

    private static int[] Search(ReadOnlySpan<int> offsets, ReadOnlySpan<int> links, ReadOnlySpan<int> starts, int depth,
        CancellationToken cancellation)
    {
        bool[] reached = new bool[offsets.Length - 1];
        var queue = new List<int>();
        foreach (int start in starts)
        {
            if (!reached[start])
            {
                reached[start] = true;
                queue.Add(start);
            }
        }

        int levelEnd = queue.Count;
        for (int head = 0; head < queue.Count; head++)
        {
            if (head % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            if (head == levelEnd)
            {
                depth--;
                levelEnd = queue.Count;
            }

            if (depth == 0)
                break;
            foreach (int link in links[offsets[queue[head]]..offsets[queue[head] + 1]])
            {
                int next = Topology.Node(link);
                if (!reached[next])
                {
                    reached[next] = true;
                    queue.Add(next);
                }
            }
        }

        queue.Sort();
        return [.. queue];
    }
}
