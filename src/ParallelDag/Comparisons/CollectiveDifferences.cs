using ParallelDag.Graphs;

namespace ParallelDag.Comparisons;

/// <summary>Collectives and messages: kind, group, count, bytes, links.</summary>
internal static class CollectiveDifferences
{
    /// <summary>A row for each kind of message over the same axes of a phase.</summary>
    public static void Add(DifferenceRows rows, Dag reference, Dag difference)
    {
        var before = CollectiveUse.Of(reference);
        var after = CollectiveUse.Of(difference);
        double gpusBefore = Gpus(reference), gpusAfter = Gpus(difference);
        foreach (var key in before.Keys.Union(after.Keys).OrderBy(key => key.Phase).ThenByDescending(key =>
            Math.Max(before.GetValueOrDefault(key)?.GpuSeconds ?? 0, after.GetValueOrDefault(key)?.GpuSeconds ?? 0))
            .ThenBy(key => key.Axes, StringComparer.Ordinal).ThenBy(key => key.Kind))
        {
            CollectiveUse? old = before.GetValueOrDefault(key), now = after.GetValueOrDefault(key);
            double? from = old?.GpuSeconds / gpusBefore, to = now?.GpuSeconds / gpusAfter;
            rows.Add(new DagDifference
            {
                Aspect = DifferenceAspect.Collective,
                Phase = key.Phase,
                Subject = Subject(key.Axes, key.Kind),
                Reference = Text(old, from),
                Difference = Text(now, to),
                ReferenceValue = from,
                DifferenceValue = to,
                Unit = from is null && to is null ? "" : "s",
                Effect = DifferenceRows.EffectOf(from, to, Wanted.Less),
                Gpus = (now ?? old)!.Gpus,
                IsEqual = old is not null && now is not null && old.IsLike(now),
                LinkChanged = old is not null && now is not null && old.LinksDiffer(now),
            });
        }
    }

    private static string Subject(string axes, CollectiveKind kind) => axes switch
    {
        "" => kind.ToTitle(),
        "kv" => "KV hand-off",
        "pp" => "messages between stages",
        _ => $"{kind.ToTitle()} over {axes.Replace("+", " and ", StringComparison.Ordinal)}",
    };

    private static string? Text(CollectiveUse? use, double? seconds) => use is null ? null
        : seconds is null ? use.Text : $"{use.Text}, {Units.Quantity.FormatSeconds(seconds.Value)} of the mean GPU";

    // Seconds of the mean GPU are over all GPUs of the graph, as in other tables.
    private static double Gpus(Dag dag) => Math.Max(1, GpuSet.UnionAll(dag.GpuTable.ToArray().OfType<GpuSet>()).Count);
}
