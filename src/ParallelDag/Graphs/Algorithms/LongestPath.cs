namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// The longest (critical) path of a DAG over node weights: the path whose weights sum highest.
/// Dynamic programming in topological order (Cormen et al., "Introduction to Algorithms", section 22.2). O(V + E) time, O(V) space.
/// </summary>
public static class LongestPath
{
    /// <summary>The path's nodes in order and its length; empty and 0 for a graph without nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weight">The weight of a node, not negative; asked once per node.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static (int[] Path, double Length) Compute(Topology graph, Func<int, double> weight, CancellationToken cancellation = default)
    {
        if (!TopologicalOrder.TryCompute(graph, out int[] order, cancellation))
            throw new InvalidOperationException("longest paths are defined for graphs without cycles only");
        double[] length = new double[graph.NodeCount];
        int[] before = new int[graph.NodeCount];
        int last = -1;
        for (int i = 0; i < order.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int node = order[i], best = -1;
            foreach (int link in graph.In(node))
            {
                int source = Topology.Node(link);
                if (best < 0 || length[source] > length[best])
                    best = source;
            }

            before[node] = best;
            length[node] = weight(node) + (best < 0 ? 0 : length[best]);
            if (last < 0 || length[node] > length[last])
                last = node;
        }

        var path = new List<int>();
        for (int node = last; node >= 0; node = before[node])
            path.Add(node);
        path.Reverse();
        return ([.. path], last < 0 ? 0 : length[last]);
    }
}
