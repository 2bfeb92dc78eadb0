using ParallelDag.Durations;
using ParallelDag.Operators;

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
            OperatorStep step = template.Steps[node];
            IReadOnlyList<int[]>? groups = tables.Groups[template.RankSets[node]];
            if (step.Traffic is null)
                continue;
            GroupSpan span = groups is null ? SectionTimes.SpanOf(step, tables.RankSets[template.RankSets[node]], cluster, stageGpus)
                : Widest(groups.Select(group => SectionTimes.SpanOf(step, group, cluster, stageGpus)));
            if (groups is not null || span.NetworkBytes is not null)
                tables.Builder.AddSpan(template.Facts[node], gpus[node], span);
        }
    }

    /// <summary>The widest of groups of GPUs: the slowest link, most domains, then fewest members together.</summary>
    public static GroupSpan Widest(ClusterSpec cluster, IEnumerable<int[]> groups) =>
        Widest(groups.Select(cluster.SpanOf));

    private static GroupSpan Widest(IEnumerable<GroupSpan> spans) =>
        spans.OrderByDescending(span => (span.Level, span.Domains)).ThenBy(span => (span.MembersPerDomain, span.MembersPerNode)).First();
}
