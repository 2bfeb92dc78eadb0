namespace ParallelDag.Search;

/// <summary>
/// The plan of a finding. Disaggregated: x instances of prefill from GPU 0, and behind them y of decode, from where they leave no more
/// domains than they must. Aggregated: both phases on the ranks of one instance, prefill in chunks.
/// </summary>
internal static class CandidatePlan
{
    /// <summary>The plan's parts.</summary>
    public static PlanSpec Of(SearchProblem problem, Finding finding)
    {
        if (finding.Aggregate is { } point)
            return AggregateSearch.PlanOf(problem, point.Row, point.Row.Batch(point.Step), point.Row.Parts);
        (PrefillPoint prefill, DecodePoint decode) = (finding.Prefill!.Value, finding.Decode!.Value);
        PairMatch match = finding.Match;
        int behind = match.Prefills * prefill.Row.Gpus, start = StrategySpace.Start(problem.Cluster, behind, decode.Row.Gpus);
        PhaseStrategy ofDecode = decode.Row.At(decode.Step, match.Decodes);
        return problem.With(
            prefill.Row.At(prefill.Step, match.Prefills), start == behind ? ofDecode : ofDecode with { FirstGpu = start },
            problem.Cluster with { Pool = PoolKind.Disaggregated });
    }
}
