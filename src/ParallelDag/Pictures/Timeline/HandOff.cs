using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>The hand-off of cache from prefill to decode, in the whole graph's time.</summary>
/// <param name="Spans">When something is transferred, in picoseconds, without overlaps.</param>
/// <param name="Bytes">All that moves.</param>
/// <param name="ExposedPicoseconds">How long the last transfer goes on behind the first token.</param>
internal sealed record HandOff(IReadOnlyList<(long Start, long Finish)> Spans, long Bytes, long ExposedPicoseconds)
{
    /// <summary>The hand-off of a graph; null where nothing is transferred.</summary>
    public static HandOff? Of(Dag dag, SimulationOptions options, CancellationToken cancellation)
    {
        if (options.Phase is not null || !dag.FactsTable.ToArray().Any(facts => facts.Role == OperatorRole.CacheTransfer))
            return null;
        SimulationResult result = DagSimulator.Run(dag, options, cancellation);
        var spans = new List<(long Start, long Finish)>();
        long bytes = 0, prefill = 0;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (dag.FactsOf(node).Role == OperatorRole.CacheTransfer)
            {
                spans.Add((result.Run.StartOf(node), result.Run.FinishOf(node)));
                bytes += dag.FactsOf(node).WireBytes;
            }
            else if (dag.ScopeOf(node).Phase?.Kind == PhaseKind.Prefill)
            {
                prefill = Math.Max(prefill, result.Run.FinishOf(node));
            }
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

        return new HandOff(merged, bytes, merged.Count == 0 ? 0 : Math.Max(0, merged[^1].Finish - prefill));
    }
}
