namespace ParallelDag.Lowering;

/// <summary>What the process groups of a node span that stands for several: the widest decides how long the node takes.</summary>
internal static class GroupSpans
{
    /// <summary>The widest of groups of ranks, given the GPU of each rank; null for no groups.</summary>
    public static GroupSpan? Widest(ClusterSpec cluster, IReadOnlyList<int[]>? groups, IReadOnlyList<int> gpuOfRank) =>
        groups is null ? null : Widest(cluster, [.. groups.Select(group => group.Select(rank => gpuOfRank[rank]).ToArray())]);

    /// <summary>The widest of groups of GPUs: most domains, then fewest members together; null for no groups.</summary>
    public static GroupSpan? Widest(ClusterSpec cluster, IReadOnlyList<int[]>? groups)
    {
        GroupSpan? widest = null;
        foreach (int[] group in groups ?? [])
        {
            GroupSpan span = cluster.SpanOf(group);
            if (widest is not GroupSpan known || (span.Domains, -span.MembersPerDomain).CompareTo((known.Domains, -known.MembersPerDomain)) > 0)
                widest = span;
        }

        return widest;
    }
}
