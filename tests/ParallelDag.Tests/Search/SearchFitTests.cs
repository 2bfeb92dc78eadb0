using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Search;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Search;

/// <summary>The largest batch and context that fit, formats beside each other, and limits of throughput.</summary>
public class SearchFitTests
{
    private static readonly SearchOptions Disaggregated = new() { Degrees = [1, 2, 4, 8], Modes = [ServingMode.Disaggregated], Top = 5 };

    [Fact]
    public void The_largest_batch_fits_and_one_more_does_not()
    {
        SearchProblem problem = SearchCases.Llama70B(16) with { Limits = new LimitsSpec { Tpot = .2 } };
        SearchResult result = PlanSearch.Run(problem, Disaggregated with { Fit = SearchFit.Batch });
        PlanCandidate best = result.Candidates[0];
        Assert.True(result.Candidates.All(candidate => candidate.Sequences <= best.Sequences));
        DeploymentPlan plan = best.Plan!;
        Assert.Equal(best.Sequences, plan.DecodeLayout!.Sequences);
        Assert.True(Holds(plan.GetSpec(), problem.Limits!));
        PhaseStrategy decode = plan.GetSpec().Decode!;
        Assert.False(Holds(plan.GetSpec() with { Decode = decode with { Batch = decode.Batch + decode.MicroBatches } }, problem.Limits!));
    }

    [Fact]
    public void The_largest_batch_is_that_of_all_batches_priced()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 6000, mostGpus: 8);
            options = options with { Fit = SearchFit.Batch, Top = 1 };
            Assert.Equal(
                PlanSearch.Run(problem, options with { Exhaustive = true }).Candidates.Select(best => best.Sequences),
                PlanSearch.Run(problem, options).Candidates.Select(best => best.Sequences));
        }
    }

    [Fact]
    public void The_longest_context_is_served_and_a_longer_one_is_not()
    {
        foreach (ServingMode mode in new[] { ServingMode.Disaggregated, ServingMode.Aggregated })
        {
            SearchProblem problem = SearchCases.Llama70B(8) with { Limits = new LimitsSpec { Tpot = .1 } };
            SearchOptions options = Disaggregated with { Modes = [mode], Fit = SearchFit.Context };
            SearchResult result = PlanSearch.Run(problem, options);
            WorkloadSpec workload = result.Problem.Workload;
            Assert.True(workload.PromptLength > 10_000 && workload.PromptLength % 256 == 0, $"{mode}: {workload.PromptLength}");
            Assert.NotEmpty(result.Candidates);
            Assert.Equal(workload.PromptLength + workload.OutputLength, result.Candidates[0].ContextLength);
            Assert.All(MemoryPlan.Of(result.Candidates[0].Plan!), memory => Assert.True(memory.Fits));
            SearchProblem longer = problem with { Workload = workload with { PromptLength = workload.PromptLength + 256 } };
            Assert.Empty(PlanSearch.Run(longer, options with { Fit = null }).Candidates);
        }
    }

    [Fact]
    public void Formats_are_tried_beside_each_other()
    {
        SearchProblem problem = SearchCases.Llama70B(8) with { Limits = null };
        SearchResult both = PlanSearch.Run(problem, Disaggregated with { Precisions = [NumberFormat.Bf16, NumberFormat.Fp8], Top = 4000 });
        SearchResult plain = PlanSearch.Run(problem, Disaggregated with { Top = 4000 });
        Assert.Equal(["bf16", "fp8"], both.Candidates.Select(candidate => candidate.Precision).Distinct().Order());
        Assert.All(both.Candidates.Take(20), candidate => Assert.Equal(
            Precision.Of(candidate.Precision == "fp8" ? NumberFormat.Fp8 : NumberFormat.Bf16), candidate.Plan!.Model.Precision));
        Assert.Equal(plain.Candidates.Select(Numbers).Order(),
            both.Candidates.Where(candidate => candidate.Precision == "bf16").Select(Numbers).Order());
        Assert.StartsWith("fp8: ", both.Candidates[0].Deployment, StringComparison.Ordinal);

        static string Numbers(PlanCandidate candidate) =>
            Words.Invariant($"{candidate.PrefillReplicas} x {candidate.Prefill} {candidate.DecodeReplicas} x ")
            + Words.Invariant($"{candidate.Decode} {candidate.Batch} {candidate.Tpot:R}");
    }

    [Fact]
    public void Answers_yield_what_is_asked_of_a_gpu()
    {
        SearchProblem problem = SearchCases.Llama70B(32);
        SearchResult free = PlanSearch.Run(problem, Disaggregated with { Top = 5000 });
        double least = free.Candidates[0].TokensPerSecondPerGpu!.Value * .8;
        SearchProblem bound = problem with { Limits = problem.Limits! with { OutputThroughput = least } };
        SearchResult kept = PlanSearch.Run(bound, Disaggregated with { Top = 5000, IncludeRejected = true });
        Assert.Equal(
            free.Candidates.Where(candidate => candidate.TokensPerSecondPerGpu >= least).Select(candidate => candidate.ToString()).Order(),
            kept.Candidates.Select(candidate => candidate.ToString()).Order());
        Assert.Equal(kept.Verdicts[CandidateVerdict.Throughput],
            kept.Rejected.Where(row => row.Verdict == CandidateVerdict.Throughput).Sum(row => (long)row.Count));

        // The fewest GPUs that yield it: found among all ratios of instances.
        PlanCandidate fewest = PlanSearch.Run(bound, Disaggregated with { Goal = SearchGoal.Gpus }).Candidates[0];
        Assert.True(fewest.TokensPerSecondPerGpu >= least && fewest.Gpus <= kept.Candidates.Min(candidate => candidate.Gpus));

        // Prompts count in the total, eight times the output here.
        SearchProblem total = problem with { Limits = problem.Limits! with { TotalThroughput = least * 9 } };
        Assert.Equal(kept.Candidates.Count, PlanSearch.Run(total, Disaggregated with { Top = 5000 }).Candidates.Count);
    }

    [Fact]
    public void What_no_gpu_yields_is_named_with_the_most_that_one_does()
    {
        SearchProblem problem = SearchCases.Llama70B(32);
        problem = problem with { Limits = problem.Limits! with { OutputThroughput = 5000 } };
        SearchResult result = PlanSearch.Run(problem, Disaggregated);
        Assert.Empty(result.Candidates);
        Assert.StartsWith(
            "no deployment yields enough: the most of a GPU is 357.", Assert.Single(result.Shortfalls), StringComparison.Ordinal);
    }

    /// <summary>A found plan passes the rule that holds graphs to the limits that it was found for.</summary>
    [Fact]
    public void A_found_plan_keeps_its_limits_by_the_rules()
    {
        SearchProblem problem = SearchCases.Llama70B(32);
        problem = problem with { Limits = problem.Limits! with { OutputThroughput = 300, TotalThroughput = 2700 } };
        DeploymentPlan plan = PlanSearch.Run(problem, Disaggregated).Candidates[0].Plan!;
        CheckResult rule = CheckRunner.Run(DagGenerator.Generate(plan)).Find("PD019")!;
        Assert.Equal(CheckStatus.Pass, rule.Status);
        Assert.Contains("357.4 output tokens a second and GPU, 300 wanted", rule.Evidence, StringComparison.Ordinal);
        PlanSpec more = plan.GetSpec() with { Limits = plan.Limits! with { OutputThroughput = 400 } };
        Assert.Equal(CheckStatus.Fail,
            CheckRunner.Run(DagGenerator.Generate(DeploymentPlan.Create(more))).Find("PD019")!.Status);
    }

    private static bool Holds(PlanSpec spec, LimitsSpec limits)
    {
        DeploymentPlan plan = DeploymentPlan.Create(spec);
        return MemoryPlan.Of(plan).All(memory => memory.Fits) && PlanTimer.Measure(plan).Serving.Tpot <= limits.Tpot;
    }
}
