namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// The k shortest or longest paths of a DAG by the sum of their nodes' weights. In topological order each node keeps its k best paths from
/// the starts as (length, predecessor, rank there): Bellman's recursion for the k-th best (Bellman and Kalaba, "On k-th best policies",
/// 1960).
/// Paths are told apart by their nodes; parallel edges make one path. O(V + k E log(k E)) time, O(k V) space.
/// </summary>
public static class BestPaths
{
    /// <summary>The best paths, best first; fewer than <paramref name="count"/> when there are no more. Equal lengths come in the order of
    /// their nodes' indices from the end.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="starts">Where paths may begin.</param>
    /// <param name="ends">Where paths may end. A node that is both is a path of one node.</param>
    /// <param name="weight">The weight of a node.</param>
    /// <param name="count">How many paths are wanted.</param>
    /// <param name="longest">True for the longest paths, false for the shortest.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static IReadOnlyList<(int[] Nodes, double Length)> Compute(
        Topology graph, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, Func<int, double> weight, int count, bool longest,
            CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!TopologicalOrder.TryCompute(graph, out int[] order, cancellation))
            throw new InvalidOperationException("the k best paths are defined for graphs without cycles only");

        // Only nodes between the two sets matter.
        bool[] isStart = new bool[graph.NodeCount], between = new bool[graph.NodeCount];
        foreach (int start in starts)
            isStart[start] = true;
        foreach (int node in Reachability.Upstream(graph, ends, cancellation))
            between[node] = true;

        var best = new Step[graph.NodeCount][];
        var candidates = new List<Step>();
        for (int i = 0; i < order.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int node = order[i];
            best[node] = [];
            if (!between[node])
                continue;
            candidates.Clear();
            double own = weight(node);
            if (isStart[node])
                candidates.Add(new Step(own, -1, 0));
            foreach (int before in Distinct(graph.In(node)))
            {
                for (int rank = 0; rank < best[before].Length; rank++)
                    candidates.Add(new Step(best[before][rank].Length + own, before, rank));
            }

            best[node] = Choose(candidates, count, longest);
        }

        candidates.Clear();
        foreach (int end in Distinct(ends))
        {
            for (int rank = 0; rank < best[end].Length; rank++)
                candidates.Add(new Step(best[end][rank].Length, end, rank));
        }

        return [.. Choose(candidates, count, longest).Select(last => (Walk(best, last), last.Length))];
    }

    private static int[] Distinct(ReadOnlySpan<int> links)
    {
        int[] nodes = new int[links.Length];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = Topology.Node(links[i]);
        return [.. nodes.Distinct().Order()];
    }

    private static Step[] Choose(List<Step> candidates, int count, bool longest)
    {
        IEnumerable<Step> sorted = longest ? candidates.OrderByDescending(step => step.Length) : candidates.OrderBy(step => step.Length);
        return [.. sorted.Take(count)];
    }

    private static int[] Walk(Step[][] best, Step last)
    {
        var path = new List<int>();
        for (Step step = last; step.Before >= 0; step = best[step.Before][step.Rank])
            path.Add(step.Before);
        path.Reverse();
        return [.. path];
    }

    /// <summary>A path by its length and its last step: the node before, and which of that node's best paths it continues.</summary>
    private readonly record struct Step(double Length, int Before, int Rank);
}
