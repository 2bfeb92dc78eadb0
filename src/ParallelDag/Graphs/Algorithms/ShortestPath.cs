namespace ParallelDag.Graphs.Algorithms;

/// <summary>The path with the fewest edges, in any graph, by breadth-first search (Moore, 1959). O(V + E) time, O(V) space.</summary>
public static class ShortestPath
{
    /// <summary>The nodes of a shortest path from one of <paramref name="starts"/> to one of <paramref name="ends"/>; empty when there is
    /// none.</summary>
    public static int[] Find(Topology graph, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, CancellationToken cancellation = default)
    {
        const int Unmet = -2, First = -1;
        int[] before = new int[graph.NodeCount];
        Array.Fill(before, Unmet);
        bool[] isEnd = new bool[graph.NodeCount];
        foreach (int end in ends)
            isEnd[end] = true;
        var queue = new List<int>();
        foreach (int start in starts)
        {
            if (before[start] == Unmet)
            {
                before[start] = First;
                queue.Add(start);
            }
        }

        for (int head = 0; head < queue.Count; head++)
        {
            if (head % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int node = queue[head];
            if (isEnd[node])
            {
                var path = new List<int>();
                for (int at = node; at != First; at = before[at])
                    path.Add(at);
                path.Reverse();
                return [.. path];
            }

            foreach (int link in graph.Out(node))
            {
                int next = Topology.Node(link);
                if (before[next] == Unmet)
                {
                    before[next] = node;
                    queue.Add(next);
                }
            }
        }

        return [];
    }
}
