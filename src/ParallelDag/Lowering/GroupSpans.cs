using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Operators;

namespace ParallelDag.Lowering;

/// <summary>What the process groups of a node span that stands for several: the slowest decides how long the node takes.</summary>
internal static class GroupSpans
{
    /// <summary>Notes the spans of a section's nodes on one stage.</summary>
    /// <param name="tables">Where to.</param>
    /// <param name="model">How long a span takes, and domains and nodes.</param>
    /// <param name="template">The section.</param>
    /// <param name="gpus">Per node of the section: its GPU set in the builder.</param>
    /// <param name="stageGpus">The GPU of each rank.</param>
    public static void Note(LoweringTables tables, TimeModel model, SectionTemplate template, int[] gpus, int[] stageGpus)
    {
        for (int node = 0; node < gpus.Length; node++)
        {
            OperatorStep step = template.Steps[node];
            IReadOnlyList<int[]>? groups = tables.Groups[template.RankSets[node]];
            if (step.Traffic is null)
                continue;
            GroupSpan span = groups is null ? SpanOf(tables.RankSets[template.RankSets[node]])
                : Slowest(groups.Select(SpanOf), span => model.Collective(step.Collective, span, SectionTimes.SizeOf(step, groups[0])));
            if (groups is not null || span.NetworkBytes is not null)
                tables.Builder.AddSpan(template.Facts[node], gpus[node], span);

            GroupSpan SpanOf(int[] group) => SectionTimes.SpanOf(step, group, model.Cluster, stageGpus);
        }
    }

    /// <summary>The slowest of pairs and groups of GPUs that do the same; of equally slow ones that over the slowest link.</summary>
    /// <param name="model">How long a span takes, and domains and nodes.</param>
    /// <param name="facts">What each of them does.</param>
    /// <param name="groups">The GPUs of each.</param>
    public static GroupSpan Slowest(TimeModel model, NodeFacts facts, IEnumerable<int[]> groups) =>
        Slowest(groups.Select(model.Cluster.SpanOf), span => model.Of(facts, span));

    private static GroupSpan Slowest(IEnumerable<GroupSpan> spans, Func<GroupSpan, NodeTime> timeOf) =>
        spans.Distinct().OrderByDescending(span => (timeOf(span).Seconds, span.Level, span.Domains))
            .ThenBy(span => (span.MembersPerDomain, span.MembersPerNode)).First();
}
