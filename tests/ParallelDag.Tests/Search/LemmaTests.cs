using ParallelDag.Plans;
using ParallelDag.Search;
using ParallelDag.Serving;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Search;

/// <summary>What a search relies on where it does not price everything, each against all that there is to price on small spaces.</summary>
public class LemmaTests
{
    private const int Most = 70;

    private static IEnumerable<(int Seed, SearchProblem Problem, PhaseRow Row)> Rows(PhaseKind phase, int seeds)
    {
        for (int seed = 0; seed < seeds; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 3000, mostGpus: 8);
            foreach (PhaseRow row in SearchCases.Rows(problem, options, phase).Where(row => row.Form is not null))
                yield return (seed, problem, row);
        }
    }

    /// <summary>L1: memory never shrinks with the batch, so the largest that fits is the last of those that do.</summary>
    [Theory]
    [InlineData(PhaseKind.Prefill)]
    [InlineData(PhaseKind.Decode)]
    public void L1_memory_never_shrinks_with_the_batch(PhaseKind phase)
    {
        int bounded = 0;
        foreach ((int seed, SearchProblem problem, PhaseRow row) in Rows(phase, 30))
        {
            double before = 0;
            int fits = 0, unit = row.Form!.Form.Unit;
            for (int batch = 1; batch <= Most; batch++)
            {
                double bytes = row.Form.Room(batch * unit, row.MicroBatches).Total;
                Assert.True(bytes >= before, $"{seed} {row} batch {batch}: {bytes} after {before}");
                before = bytes;
                fits = bytes <= problem.Cluster.CapacityBytes ? batch : fits;
            }

            if (fits is 0 or Most || row.Ladder[^1] <= fits)
                continue;
            bounded++;
            Assert.Equal(fits, row.Ladder[row.Fits - 1]);
        }

        Assert.True(bounded > 20 || phase == PhaseKind.Prefill, $"{bounded} with a largest batch");
    }

    /// <summary>L2: a pass never gets shorter with the batch.</summary>
    [Theory]
    [InlineData(PhaseKind.Prefill)]
    [InlineData(PhaseKind.Decode)]
    public void L2_a_pass_never_gets_shorter_with_the_batch(PhaseKind phase)
    {
        foreach ((int seed, _, PhaseRow row) in Rows(phase, 30))
        {
            double before = 0;
            for (int batch = 1; batch <= Most; batch++)
            {
                double once = row.Form!.Pass(batch * row.Form.Form.Unit).Once;
                Assert.True(once >= before * (1 - 1e-12), $"{seed} {row} batch {batch}: {once} after {before}");
                before = once;
            }
        }
    }

    /// <summary>L3: a sequence takes never more of a pass in a larger batch, tokens spread over experts as expected.</summary>
    [Theory]
    [InlineData(PhaseKind.Prefill)]
    [InlineData(PhaseKind.Decode)]
    public void L3_a_sequence_never_takes_more_in_a_larger_batch(PhaseKind phase)
    {
        int experts = 0;
        foreach ((int seed, SearchProblem problem, PhaseRow row) in Rows(phase, 30))
        {
            double before = double.PositiveInfinity;
            experts += problem.Model.Experts is null ? 0 : 1;
            for (int batch = 1; batch <= Most; batch++)
            {
                int sequences = batch * row.Form!.Form.Unit;
                double each = row.Form.Pass(row.Form.Form.Even(sequences), sequences).Once / sequences;
                Assert.True(each <= before * (1 + 1e-12), $"{seed} {row} batch {batch}: {each} after {before}");
                before = each;
            }
        }

        Assert.True(experts > 20, $"{experts} with experts");
    }

    /// <summary>L3 of the times that the graph has: without experts one batch, the largest that keeps the limits, is the best.</summary>
    [Fact]
    public void L3_the_largest_batch_of_a_dense_model_is_the_fastest()
    {
        int rows = 0;
        foreach ((int seed, SearchProblem problem, PhaseRow row) in Rows(PhaseKind.Decode, 60))
        {
            if (problem.Model.Experts is not null || row.Keeps < 2)
                continue;
            rows++;
            Assert.True(row.Fastest == row.Keeps - 1, $"{seed} {row}: step {row.Fastest} of {row.Keeps}");
        }

        Assert.True(rows > 50, $"{rows} rows");
    }

    /// <summary>
    /// L4: data-parallel ranks of a dense model are instances under another name, which do as much without the kernel that splits the
    /// batch: 3 us and the bytes of its tokens.
    /// </summary>
    [Theory]
    [InlineData("dp2 tp2", "tp2", 2)]
    [InlineData("dp4", "tp1", 4)]
    [InlineData("dp2 pp2", "pp2", 2)]
    public void L4_data_parallel_ranks_without_experts_are_instances(string ranks, string instance, int count)
    {
        ServingForecast Measure(string text, int replicas)
        {
            PhaseStrategy strategy = StrategyText.Parse(text);
            PlanSpec spec = TestPlans.Reference with
            {
                Model = TestPlans.Dense,
                Cluster = TestPlans.Reference.Cluster with { Gpus = 16, Pool = PoolKind.Disaggregated },
                Workload = new WorkloadSpec { Batch = 8, PromptLength = 1024, OutputLength = 64 },
                Prefill = strategy with { Replicas = replicas, Batch = 8 / replicas },
                Decode = strategy with { Replicas = replicas, Batch = 8 / replicas },
            };
            return PlanTimer.Measure(DeploymentPlan.Create(spec)).Serving;
        }

        ServingForecast one = Measure(ranks, 1), other = Measure(instance, count);
        Assert.InRange(one.Tpot!.Value - other.Tpot!.Value, 0, 3.1e-6);
        Assert.InRange(one.Ttft!.Value - other.Ttft!.Value, 0, 3.1e-6);
        Assert.InRange(other.RequestsPerSecond!.Value / one.RequestsPerSecond!.Value, 1, 1.05);
        Assert.Equal(one.Gpus, other.Gpus);
    }

    /// <summary>
    /// L5 and L6: around xA/B instances of decode, and the fastest prefills for their GPUs, serve as well as any ratio of any.
    /// </summary>
    [Fact]
    public void L5_L6_matched_instances_serve_as_well_as_any_others()
    {
        int matched = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 4000, mostGpus: 12);
            problem = problem with { Limits = null };
            PrefillPoint[] prefills = [.. SearchCases.Rows(problem, options, PhaseKind.Prefill).Where(row => row.Keeps > 0).Select(row =>
            {
                double ttft = row.Seconds(0, out double slowest);
                return new PrefillPoint(row, 0, ttft, row.MicroBatch(0) / slowest);
            })];
            var space = new SearchedSpace(problem) { Matching = new RateMatching(problem.Cluster, prefills, linear: false) };
            foreach (PhaseRow row in SearchCases.Rows(problem, options, PhaseKind.Decode).Where(row => row.Keeps > 0))
            {
                DecodePoint decode = space.PointOf(row, row.Keeps / 2);
                PairMatch best = space.Matching.Best(decode), fewest = space.Matching.Best(decode, MatchAim.Fewest);
                double least = best.RateOfGpu * .7;
                PairMatch fewestAtRate = space.Matching.Best(decode, MatchAim.Fewest, least);
                (double rate, int gpus, int gpusAtRate) = Naive(problem.Cluster, prefills, decode, least);
                Assert.Equal(rate, best.RateOfGpu, rate * 1e-9);
                Assert.Equal(gpus, fewest.Gpus);
                Assert.Equal(gpusAtRate, fewestAtRate.Gpus);
                matched++;
            }
        }

        Assert.True(matched > 200, $"{matched} matched");

        static (double Rate, int Gpus, int GpusAtRate) Naive(ClusterSpec cluster, PrefillPoint[] prefills, DecodePoint decode, double least)
        {
            (double rate, int gpus, int gpusAtRate) = (0, 0, 0);
            foreach (PrefillPoint prefill in prefills)
            {
                for (int x = 1; x * prefill.Row.Gpus < cluster.Gpus; x++)
                {
                    if (x > 1 && !StrategySpace.RepeatsAlike(cluster, prefill.Row.Gpus))
                        break;
                    int start = StrategySpace.Start(cluster, x * prefill.Row.Gpus, decode.Row.Gpus);
                    for (int y = 1; start + (y * decode.Row.Gpus) <= cluster.Gpus; y++)
                    {
                        if (y > 1 && !StrategySpace.RepeatsAlike(cluster, decode.Row.Gpus))
                            break;
                        int all = (x * prefill.Row.Gpus) + (y * decode.Row.Gpus);
                        double own = Math.Min(x * prefill.Rate, y * decode.Rate) / all;
                        rate = Math.Max(rate, own);
                        gpus = gpus == 0 ? all : Math.Min(gpus, all);
                        if (own >= least)
                            gpusAtRate = gpusAtRate == 0 ? all : Math.Min(gpusAtRate, all);
                    }
                }
            }

            return (rate, gpus, gpusAtRate);
        }
    }

    /// <summary>L6: the staircase of points is what no other beats, one of those that are alike.</summary>
    [Fact]
    public void L6_the_skyline_is_what_no_other_beats()
    {
        (SearchProblem problem, SearchOptions options) = SearchCases.Random(7);
        PhaseRow[] rows = [.. SearchCases.Rows(problem with { Limits = null }, options, PhaseKind.Decode)
            .Where(row => row.Form is not null)];
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            DecodePoint[] points = [.. Enumerable.Range(0, random.Next(1, 60)).Select(index => new DecodePoint(
                rows[random.Next(rows.Length)], index, random.Next(1, 12), random.Next(1, 12)))];
            DecodePoint[] left = [.. points.Where(point => !points.Any(other => other.Gpus == point.Gpus
                && other.Tpot <= point.Tpot && other.Rate >= point.Rate && (other.Tpot < point.Tpot || other.Rate > point.Rate)))];
            Assert.Equal(
                left.Select(point => (point.Gpus, point.Tpot, point.Rate)).Distinct().Order(),
                Left(points).Select(point => (point.Gpus, point.Tpot, point.Rate)));
            random.Shuffle(points);
            Assert.Equal(Left(points), Left([.. points.Reverse()]));

            // Many rows are taken in blocks, each by one thread.
            DecodePoint[] more = [.. Enumerable.Range(0, 15).SelectMany(_ => points)];
            Assert.Equal(Left(points), Left(more));
        }

        static DecodePoint[] Left(DecodePoint[] points) => Skyline<DecodePoint>.Of(
            points, (point, skyline) => skyline.Add(point), new ParallelOptions { MaxDegreeOfParallelism = 2 });
    }

    /// <summary>L7: no batch takes less than the time in which the weights are read.</summary>
    [Fact]
    public void L7_no_batch_is_faster_than_its_weights_are_read()
    {
        int floors = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed + 5000);
            problem = problem with { Limits = new LimitsSpec { Tpot = 1e-6 } };
            IReadOnlyList<PhaseRow> rows = SearchCases.Rows(problem, options, PhaseKind.Decode);
            foreach (PhaseRow row in rows.Where(row => row.Floor > 0))
            {
                floors++;
                Assert.True(row.Seconds(0) >= row.Floor, $"{seed} {row}: {row.Seconds(0)} under {row.Floor}");
            }
        }

        Assert.True(floors > 50, $"{floors} floors");
    }
}
