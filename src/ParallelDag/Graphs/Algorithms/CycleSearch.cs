namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Finds a directed cycle and names it as an ordered closed path, by depth-first search with three colours
/// (Cormen et al., "Introduction to Algorithms", section 22.3). O(V + E) time, O(V) space, no recursion.
/// </summary>
public static class CycleSearch
{
    /// <summary>
    /// The edges of one cycle in order (each edge ends where the next begins, the last where the first begins); empty when there is none.
    /// </summary>
    public static int[] Find(Topology graph, CancellationToken cancellation = default)
    {
        if (TopologicalOrder.IsIndexOrder(graph, cancellation))
            return [];

        const byte OnPath = 1, Done = 2;
        byte[] colour = new byte[graph.NodeCount];
        int[] path = new int[graph.NodeCount];
        int[] edge = new int[graph.NodeCount]; // Per depth: the edge that is being followed out of path[depth].
        for (int root = 0; root < graph.NodeCount; root++)
        {
            if (root % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            if (colour[root] != 0)
                continue;
            int depth = 0;
            long steps = 0;
            Enter(root);
            while (depth > 0)
            {
                if (++steps % TopologicalOrder.CancellationStride == 0)
                    cancellation.ThrowIfCancellationRequested();
                int node = path[depth - 1];
                int next = ++edge[depth - 1];
                if (next >= graph.FirstEdge(node) + graph.OutDegree(node))
                {
                    colour[node] = Done;
                    depth--;
                    continue;
                }

                int target = graph.TargetOf(next);
                if (colour[target] == OnPath)
                    return edge[Array.IndexOf(path, target, 0, depth)..depth];
                if (colour[target] == 0)
                    Enter(target);
            }

            void Enter(int node)
            {
                colour[node] = OnPath;
                path[depth] = node;
                edge[depth] = graph.FirstEdge(node) - 1;
                depth++;
            }
        }

        return [];
    }
}
