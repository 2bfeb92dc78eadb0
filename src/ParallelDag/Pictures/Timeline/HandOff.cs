using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>The hand-off of cache from prefill, or a set of its instances, to decode, in the whole graph's time.</summary>
/// <param name="Spans">When something is transferred, in picoseconds, without overlaps.</param>
/// <param name="Bytes">All that moves.</param>
/// <param name="ExposedPicoseconds">How long the last transfer goes on behind the first token.</param>
internal sealed record HandOff(IReadOnlyList<(long Start, long Finish)> Spans, long Bytes, long ExposedPicoseconds)
{
    /// <summary>The hand-off of each set of prefill's instances; none where nothing is transferred.</summary>
    public static IReadOnlyDictionary<PhaseId, HandOff> Of(Dag dag, SimulationOptions options, CancellationToken cancellation)
    {
        var found = new Dictionary<PhaseId, HandOff>();
        if (options.Phase is not null || !dag.FactsTable.ToArray().Any(facts => facts.Role == OperatorRole.CacheTransfer))
            return found;
        SimulationResult result = DagSimulator.Run(dag, options, cancellation);
        foreach (IGrouping<PhaseId, int> nodes in Enumerable.Range(0, dag.NodeCount)
            .Where(node => dag.ScopeOf(node).Phase?.Kind == PhaseKind.Prefill).GroupBy(node => dag.ScopeOf(node).Phase!.Value))
        {
            if (Of(dag, result, nodes) is HandOff own)
                found.Add(nodes.Key, own);
        }

        return found;
    }

    private static HandOff? Of(Dag dag, SimulationResult result, IEnumerable<int> nodes)
    {
        var spans = new List<(long Start, long Finish)>();
        long bytes = 0, prefill = 0;
        foreach (int node in nodes)
        {
            if (dag.FactsOf(node).Role == OperatorRole.CacheTransfer)
            {
                spans.Add((result.Run.StartOf(node), result.Run.FinishOf(node)));
                bytes += dag.FactsOf(node).WireBytes;
            }
            else
                prefill = Math.Max(prefill, result.Run.FinishOf(node));
        }

        spans.Sort();
        var merged = new List<(long Start, long Finish)>();
        foreach ((long start, long finish) in spans)
        {
            if (merged.Count > 0 && start <= merged[^1].Finish)
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].Finish, finish));
            else
                merged.Add((start, finish));
        }

        return merged.Count == 0 ? null : new HandOff(merged, bytes, Math.Max(0, merged[^1].Finish - prefill));
    }
}
