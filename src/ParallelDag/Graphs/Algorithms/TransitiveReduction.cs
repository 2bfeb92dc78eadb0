namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Redundant edges of a DAG: an edge u -> v is redundant when another path leads from u to v (Aho, Garey and Ullman, "The transitive
/// reduction of a directed graph", SIAM J. Comput. 1, 1972); of parallel edges all but the first are. A graph is its own transitive
/// reduction when it has none. O(V + E) space. Time: one search per node with more than one successor, bounded by the levels between the
/// node and its furthest successor; O(V * E) at worst, near linear for the narrow spans of a deployment DAG.
/// </summary>
public static class TransitiveReduction
{
    /// <summary>The positions of redundant edges, ascending.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static int[] RedundantEdges(Topology graph, CancellationToken cancellation = default)
    {
        int[] level = Levels.Compute(graph, cancellation);
        int[] seenBy = new int[graph.NodeCount];
        var stack = new Stack<int>();
        var redundant = new List<int>();
        for (int node = 0; node < graph.NodeCount; node++)
        {
            int degree = graph.OutDegree(node);
            if (degree < 2)
                continue;
            cancellation.ThrowIfCancellationRequested();

            // Everything below the successors, down to the deepest of them; what is met again is reached by a longer path.
            int deepest = 0;
            foreach (int link in graph.Out(node))
                deepest = Math.Max(deepest, level[Topology.Node(link)]);
            int mark = node + 1;
            foreach (int link in graph.Out(node))
                stack.Push(Topology.Node(link));
            while (stack.TryPop(out int at))
            {
                if (level[at] >= deepest)
                    continue;
                foreach (int link in graph.Out(at))
                {
                    int next = Topology.Node(link);
                    if (seenBy[next] != mark)
                    {
                        seenBy[next] = mark;
                        stack.Push(next);
                    }
                }
            }

            int first = graph.FirstEdge(node);
            for (int edge = first; edge < first + degree; edge++)
            {
                int target = graph.TargetOf(edge);
                if (seenBy[target] == mark)
                    redundant.Add(edge);
                seenBy[target] = mark;
            }
        }

        return [.. redundant];
    }
}
