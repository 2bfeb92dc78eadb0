using ParallelDag.Plans;
using ParallelDag.Search;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Search;

/// <summary>What holds of every search.</summary>
public class SearchPropertyTests
{
    /// <summary>Pruned searches against one that prices every batch of every strategy with every ratio of instances.</summary>
    [Fact]
    public void Pruning_changes_neither_points_nor_counts()
    {
        int fronts = 0, memory = 0, late = 0, slow = 0, precisions = 0;
        for (int seed = 0; seed < 120; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed, mostGpus: 8);
            SearchResult pruned = PlanSearch.Run(problem, options), all = PlanSearch.Run(problem, options with { Exhaustive = true });
            Assert.Equal(Lines(all.Front), Lines(pruned.Front));
            Assert.Equal(all.Verdicts, pruned.Verdicts);
            Assert.Equal(Best(all), Best(pruned), 1e-9);
            fronts += all.Front.Count > 3 ? 1 : 0;
            memory += all.Verdicts[CandidateVerdict.Memory] > 0 ? 1 : 0;
            slow += all.Verdicts[CandidateVerdict.Throughput] > 0 ? 1 : 0;
            precisions += options.Precisions is not null && all.Front.Count > 0 ? 1 : 0;
            late += all.Verdicts[CandidateVerdict.Ttft] > 0 && all.Verdicts[CandidateVerdict.Tpot] > 0 ? 1 : 0;
        }

        Assert.True(fronts > 30 && memory > 30 && late > 5 && slow > 10 && precisions > 10,
            $"{fronts} fronts, {memory} with memory, {late} late, {slow} below a rate, {precisions} with several precisions");
    }

    /// <summary>What cannot be among the best by its bound is not matched with prefill; asked for all, the best are the same.</summary>
    [Fact]
    public void The_best_few_are_the_first_of_all()
    {
        int compared = 0, cut = 0;
        for (int seed = 0; seed < 90; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 7000, mostGpus: 12);
            options = options with { Goal = Enum.GetValues<SearchGoal>()[seed % 4], PricePerGpuHour = 2 };
            IReadOnlyList<PlanCandidate> all = PlanSearch.Run(problem, options with { Top = 100_000 }).Candidates;
            int strategies = all.Select(candidate => (candidate.Mode, candidate.Precision, candidate.Decode)).Distinct().Count();
            foreach (int most in new[] { 1, 3, 10 }.Where(most => most <= strategies))
            {
                IReadOnlyList<PlanCandidate> few = PlanSearch.Run(problem, options with { Top = most }).Candidates;
                Assert.Equal(Lines([.. all.Take(most)]), Lines(few));
                compared++;
                cut += most < strategies ? 1 : 0;
            }
        }

        Assert.True(compared > 100 && cut > 80, $"{compared} compared, {cut} of them cut");
    }

    /// <summary>Every candidate becomes a plan that fits and takes what the search says.</summary>
    [Fact]
    public void A_candidate_is_what_its_plan_measures()
    {
        int plans = 0, aggregated = 0, uneven = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 1000);
            foreach (PlanCandidate candidate in PlanSearch.Run(problem, options with { Top = 8 }).Candidates)
            {
                DeploymentPlan plan = candidate.Plan!;
                ServingForecast serving = PlanTimer.Measure(plan, new MeasureOptions { Serving = candidate.Mode }).Serving;
                string at = $"seed {seed}: {candidate}";
                Near(serving.Tpot!.Value, candidate.Tpot!.Value, 1e-6, at);

                // A graph in which ranks differ may be sooner than its slowest ranks in turn.
                Assert.True(serving.Ttft <= candidate.Ttft * (1 + 1e-6) && serving.Ttft >= candidate.Ttft * .9,
                    $"{at}: ttft {serving.Ttft} {candidate.Ttft}");
                uneven += serving.Ttft < candidate.Ttft * (1 - 1e-6) ? 1 : 0;
                Near(serving.RequestsPerSecond!.Value, candidate.RequestsPerSecond!.Value, 1e-6, at);
                Assert.Equal((long)candidate.Gpus!, serving.Gpus);
                Assert.All(MemoryPlan.Of(plan), memory => Assert.True(memory.Fits, at));
                plans++;
                aggregated += candidate.Mode == ServingMode.Aggregated ? 1 : 0;
            }
        }

        Assert.True(plans > 150 && aggregated > 40 && uneven < plans / 4, $"{plans} plans, {aggregated} aggregated, {uneven} uneven");
    }

    [Fact]
    public void The_answer_does_not_depend_on_the_number_of_threads()
    {
        foreach (int seed in new[] { 1, 2, 3, 4, 5 })
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed);
            Assert.Equal(Json(problem, options with { Threads = 1 }), Json(problem, options with { Threads = 7 }));
        }

        static string Json(SearchProblem problem, SearchOptions options)
        {
            var stream = new MemoryStream();
            SearchJson.Write(PlanSearch.Run(problem, options with { IncludeRejected = true }), stream);
            string text = System.Text.Encoding.UTF8.GetString(stream.ToArray());
            return System.Text.RegularExpressions.Regex.Replace(text, "\"seconds\": [0-9.]+", "");
        }
    }

    /// <summary>Rows are made as they are taken: the same each time, and with the others they account for every candidate.</summary>
    [Fact]
    public void Rejected_rows_are_the_same_each_time_and_count_all()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 9000);
            SearchResult result = PlanSearch.Run(problem, options with { IncludeRejected = true });
            PlanCandidate[] rejected = [.. result.Rejected];
            Assert.Equal(Lines(rejected), Lines([.. result.Rejected]));
            Assert.All(rejected, candidate => Assert.Same(result, candidate.GetSearch()));
            Assert.Equal(
                result.Verdicts.Where(entry => entry.Key is not (CandidateVerdict.Pareto or CandidateVerdict.Feasible))
                    .Sum(entry => entry.Value), rejected.Sum(candidate => (long)candidate.Count));
        }
    }

    private static double Best(SearchResult result) =>
        result.Candidates is [PlanCandidate best, ..] ? best.TokensPerSecondPerGpu!.Value : 0;

    private static string Lines(IReadOnlyList<PlanCandidate> candidates) =>
        string.Join('\n', candidates.Select(candidate => Words.Invariant($"{candidate} {candidate.Tpot:R} {candidate.Gpus}")));

    private static void Near(double expected, double actual, double tolerance, string at) =>
        Assert.True(Math.Abs(expected - actual) <= expected * tolerance, $"{at}: {expected:R} {actual:R}");
}
