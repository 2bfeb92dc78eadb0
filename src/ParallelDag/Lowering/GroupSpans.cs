namespace ParallelDag.Lowering;

/// <summary>What the process groups of a node span that stands for several: the widest decides how long the node takes.</summary>
internal static class GroupSpans
{
    /// <summary>Notes the spans of a section's nodes on one stage.</summary>
    /// <param name="tables">Where to.</param>
    /// <param name="cluster">Domains and nodes.</param>
    /// <param name="template">The section.</param>
    /// <param name="gpus">Per node of the section: its GPU set in the builder.</param>
    /// <param name="stageGpus">The GPU of each rank.</param>
    public static void Note(LoweringTables tables, ClusterSpec cluster, SectionTemplate template, int[] gpus, int[] stageGpus)
    {
        for (int node = 0; node < gpus.Length; node++)
        {
            if (tables.Groups[template.RankSets[node]] is not IReadOnlyList<int[]> groups)
                continue;
            GroupSpan span = Widest(cluster, groups.Select(group => group.Select(rank => stageGpus[rank]).ToArray()));
            tables.Builder.AddSpan(template.Facts[node], gpus[node], span);
        }
    }

    /// <summary>The widest of groups of GPUs: most domains, then fewest members together.</summary>
    public static GroupSpan Widest(ClusterSpec cluster, IEnumerable<int[]> groups) =>
        groups.Select(cluster.SpanOf).OrderByDescending(span => span.Domains).ThenBy(span => span.MembersPerDomain).First();
}
