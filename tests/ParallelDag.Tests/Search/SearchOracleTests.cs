using ParallelDag.Search;

namespace ParallelDag.Tests.Search;

/// <summary>Llama-70B on 32 H100 as an independent closed form, priced in every batch, has it.</summary>
public class SearchOracleTests
{
    private static readonly SearchOptions PowersOfTwo = new() { Degrees = [1, 2, 4, 8], Modes = [ServingMode.Disaggregated], Top = 2000 };

    private static SearchResult Found { get; } = PlanSearch.Run(SearchCases.Llama70B(32), PowersOfTwo with { IncludeRejected = true });

    [Fact]
    public void The_best_plan_is_six_prefills_and_one_decode()
    {
        PlanCandidate best = Found.Candidates[0];
        Assert.Equal(("tp2", 6, "tp8", 1, 178, 20),
            (best.Prefill, best.PrefillReplicas, best.Decode, best.DecodeReplicas, best.Batch, best.Gpus));
        Assert.Equal(24.947e-3, best.Tpot!.Value, 2e-6);
        Assert.Equal(426.1e-3, best.Ttft!.Value, .2e-3);
        Assert.Equal(357.45, best.TokensPerSecondPerGpu!.Value, .35745);
        Assert.Equal(CandidateVerdict.Pareto, best.Verdict);
    }

    [Fact]
    public void A_hundred_and_sixteen_points_are_on_the_front()
    {
        Assert.Equal(116, Found.Front.Count);
        Assert.Equal(116, Found.Verdicts[CandidateVerdict.Pareto]);
        Assert.Equal(116, Found.Candidates.Count(candidate => candidate.Verdict == CandidateVerdict.Pareto));
        Assert.Equal(10.051e-3, Found.Front[0].Tpot!.Value, 2e-6);
    }

    [Fact]
    public void One_rank_does_not_hold_the_model()
    {
        PlanCandidate refused = Found.Rejected.First(candidate => candidate is { Prefill: "tp1", Verdict: CandidateVerdict.Memory });
        Assert.StartsWith("batch 1 and more: a GPU needs ", refused.Reason, StringComparison.Ordinal);
        Assert.EndsWith("of them weights; tp 2 would fit", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_quickest_plan_decodes_one_sequence()
    {
        PlanCandidate best = PlanSearch.Run(SearchCases.Llama70B(32), PowersOfTwo with { Goal = SearchGoal.Latency }).Candidates[0];
        Assert.Equal(("tp8", 1), (best.Decode, best.Batch));
        Assert.Equal(10.051e-3, best.Tpot!.Value, 2e-6);
    }

    [Fact]
    public void Ranges_tell_where_batches_end()
    {
        PlanCandidate slow = Found.Rejected.First(candidate => candidate is { Decode: "tp8", Verdict: CandidateVerdict.Tpot });
        Assert.StartsWith("batch 179 to ", slow.Reason, StringComparison.Ordinal);
        Assert.Contains("a token takes 25.0 ms of 25.0 ms at batch 179", slow.Reason, StringComparison.Ordinal);
        long listed = Found.Rejected.Sum(candidate => (long)candidate.Count) + Found.Verdicts[CandidateVerdict.Pareto]
            + Found.Verdicts[CandidateVerdict.Feasible];
        Assert.Equal(Found.Verdicts.Values.Sum(), listed);
    }
}
