namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Topological order: a numbering of the nodes in which every edge leads from a lower to a higher number.
/// Kahn, "Topological sorting of large networks", CACM 5 (1962). O(V + E) time, O(V) space, no recursion.
/// </summary>
public static class TopologicalOrder
{
    /// <summary>How many nodes pass between two looks at the cancellation token.</summary>
    internal const int CancellationStride = 1 << 16;

    /// <summary>True when the graph has no cycle.</summary>
    /// <remarks>Generated DAGs number their nodes in topological order already, so one pass over the links decides most calls.</remarks>
    public static bool Exists(Topology graph, CancellationToken cancellation = default) =>
        IsIndexOrder(graph, cancellation) || TryCompute(graph, out _, cancellation);

    /// <summary>
    /// The order in which of the nodes whose predecessors are numbered the one with the lowest key comes next; without those on or behind a
    /// cycle. O(V log V + E).
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="key">The key of a node, different for each.</param>
    /// <param name="cancellation">Ends the work early.</param>
    internal static int[] ByKey<TKey>(Topology graph, Func<int, TKey> key, CancellationToken cancellation = default)
    {
        var order = new List<int>(graph.NodeCount);
        int[] waiting = new int[graph.NodeCount];
        var ready = new PriorityQueue<int, TKey>();
        for (int node = 0; node < waiting.Length; node++)
        {
            waiting[node] = graph.InDegree(node);
            if (waiting[node] == 0)
                ready.Enqueue(node, key(node));
        }

        while (ready.TryDequeue(out int node, out _))
        {
            if (order.Count % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            order.Add(node);
            foreach (int link in graph.Out(node))
            {
                int target = Topology.Node(link);
                if (--waiting[target] == 0)
                    ready.Enqueue(target, key(target));
            }
        }

        return [.. order];
    }

    /// <summary>Computes an order. False when there is a cycle; then <paramref name="order"/> is empty.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="order">All nodes, every edge leading forward.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static bool TryCompute(Topology graph, out int[] order, CancellationToken cancellation = default)
    {
        int count = graph.NodeCount;
        order = new int[count];
        if (IsIndexOrder(graph, cancellation))
        {
            for (int node = 0; node < count; node++)
                order[node] = node;
            return true;
        }

        int[] waiting = new int[count];
        ReadOnlySpan<int> inOffsets = graph.InOffsets;
        int tail = 0;
        for (int node = 0; node < count; node++)
        {
            waiting[node] = inOffsets[node + 1] - inOffsets[node];
            if (waiting[node] == 0)
                order[tail++] = node;
        }

        // order[head..tail) is the queue of nodes whose predecessors are all numbered.
        for (int head = 0; head < tail; head++)
        {
            if (head % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            foreach (int link in graph.Out(order[head]))
            {
                int target = Topology.Node(link);
                if (--waiting[target] == 0)
                    order[tail++] = target;
            }
        }

        if (tail == count)
            return true;
        order = [];
        return false;
    }

    /// <summary>True when every edge leads from a lower to a higher index.</summary>
    public static bool IsIndexOrder(Topology graph, CancellationToken cancellation = default)
    {
        int count = graph.NodeCount;
        for (int node = 0; node < count; node++)
        {
            if (node % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            foreach (int link in graph.Out(node))
            {
                if (Topology.Node(link) <= node)
                    return false;
            }
        }

        return true;
    }
}
