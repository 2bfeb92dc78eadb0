namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Levels of a DAG: level(v) = 0 without predecessors, else 1 + the highest level among them (longest path in edges).
/// O(V + E) time, O(V) space.
/// </summary>
public static class Levels
{
    /// <summary>The level of every node.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static int[] Compute(Topology graph, CancellationToken cancellation = default)
    {
        if (!TopologicalOrder.TryCompute(graph, out int[] order, cancellation))
            throw new InvalidOperationException("levels are defined for graphs without cycles only");
        int[] level = new int[graph.NodeCount];
        for (int i = 0; i < order.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int next = level[order[i]] + 1;
            foreach (int link in graph.Out(order[i]))
            {
                ref int target = ref level[Topology.Node(link)];
                target = Math.Max(target, next);
            }
        }

        return level;
    }
}
