using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Simulation;

namespace ParallelDag;

/// <summary>What a kind of collective takes.</summary>
/// <param name="Axis">The axes of its groups (<c>tp</c>), or null where they are not known.</param>
/// <param name="Collective">Which.</param>
/// <param name="GroupSize">Members of a group.</param>
/// <param name="Domains">Domains of fast links that the widest group touches.</param>
/// <param name="Bytes">Bytes on the wire, over all groups.</param>
/// <param name="Seconds">Seconds of the mean GPU.</param>
public sealed record LinkUse(string? Axis, CollectiveKind Collective, int GroupSize, int Domains, long Bytes, double Seconds)
{
    /// <summary>The collectives of a phase, the longest first; none where a file does not tell the cluster.</summary>
    internal static IReadOnlyList<LinkUse> Of(Dag dag, PhaseId? phase)
    {
        var sums = new Dictionary<(string? Axis, CollectiveKind Collective, int Size, int Domains), (long Bytes, double Seconds)>();
        if (dag.Header.Cluster is null || dag.Times is not NodeTimes times)
            return [];
        var links = new NodeLinks(dag);
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            PhaseId? own = dag.ScopeOf(node).Phase;
            if (facts.Collective == CollectiveKind.None || (phase is not null && own != phase) || dag.GpusOf(node) is not GpuSet gpus
                || links.SpanOf(node) is not GroupSpan span)
                continue;
            var key = (AxisOf(dag, own, facts), facts.Collective, facts.Role == OperatorRole.CacheTransfer ? span.Members
                : facts.GroupSize, span.Domains);
            (long bytes, double seconds) = sums.GetValueOrDefault(key);
            sums[key] = (checked(bytes + facts.WireBytes), seconds + (times[node].Seconds * gpus.Count));
        }

        int all = GpuSet.UnionAll(dag.Phases.Where(drawn => phase is null || drawn.Phase == phase).Select(drawn => drawn.Gpus)).Count;
        return [.. sums
            .Select(entry => new LinkUse(entry.Key.Axis, entry.Key.Collective, entry.Key.Size, entry.Key.Domains, entry.Value.Bytes,
                entry.Value.Seconds / Math.Max(1, all)))
            .OrderByDescending(use => use.Seconds).ThenBy(use => use.Axis, StringComparer.Ordinal)
            .ThenBy(use => use.Collective).ThenBy(use => use.GroupSize)];
    }

    /// <summary>The axes of the operator that have as many ranks as the group; pp for messages between stages.</summary>
    internal static string? AxisOf(Dag dag, PhaseId? phase, NodeFacts facts)
    {
        if (facts.Role == OperatorRole.Send)
            return Meshes.Axis.Pp.ToName();
        if (facts.Role == OperatorRole.CacheTransfer)
            return "kv";
        IReadOnlyDictionary<string, int>? degrees = dag.Phases.FirstOrDefault(drawn => drawn.Phase == phase)?.Axes;
        foreach (IReadOnlyList<Axis> axes in facts.Operator?.GroupAxes ?? [])
        {
            string[] names = [.. axes.Select(axis => axis.ToName()).Where(axis => degrees?.GetValueOrDefault(axis, 1) > 1)];
            if (names.Length > 0 && names.Aggregate(1L, (product, axis) => product * degrees![axis]) == facts.GroupSize)
                return string.Join('+', names);
        }

        return null;
    }
}
