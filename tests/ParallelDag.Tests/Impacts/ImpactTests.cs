using ParallelDag.Impacts;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Impacts;

public class ImpactTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    private static DagImpact Of(PlanSpec spec, GpuSet lost)
    {
        DeploymentPlan plan = DeploymentPlan.Create(spec);
        return ImpactAnalysis.Of(DagGenerator.Generate(plan), plan, lost);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_smallest_outage_is_that_of_brute_force(int seed)
    {
        var random = new Random(seed);
        (List<GpuSet> first, List<GpuSet> second) = (Units(random), random.Next(4) == 0 ? [] : Units(random));
        GpuSet answer = SmallestOutage.Of(first, second);
        Assert.All(first.Concat(second), unit => Assert.True(unit.Overlaps(answer)));
        int least = Enumerable.Range(0, 1 << 10).Where(mask => first.Concat(second).All(unit =>
            unit.AsEnumerable().Any(gpu => (mask >> gpu & 1) == 1))).Min(mask => System.Numerics.BitOperations.PopCount((uint)mask));
        Assert.Equal(least, answer.Count);

        static List<GpuSet> Units(Random random)
        {
            int[] gpus = [.. Enumerable.Range(0, 10)];
            random.Shuffle(gpus);
            var units = new List<GpuSet>();
            for (int at = 0; at < 10 && units.Count < 5;)
            {
                int size = random.Next(1, 4);
                units.Add(GpuSet.FromGpus(gpus.Skip(at).Take(size)));
                at += size;
            }

            return units;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_level_and_every_file_tells_the_same_parts(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        Dag dag = DagGenerator.Generate(plan);
        string expected = Text(ServingUnits.Of(DagGenerator.Generate(plan, DetailLevel.Device)));
        Assert.Equal(expected, Text(ServingUnits.Of(dag)));
        Assert.Equal(expected, Text(ServingUnits.Of(JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(dag))))));

        static string Text(IReadOnlyList<(PhaseId? Phase, GpuSet Gpus)> units) =>
            string.Join("; ", units.Select(unit => $"{unit.Phase} {unit.Gpus}"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_lost_is_what_the_memory_plan_counts(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        if (plan.Phases.Any(phase => phase.Strategy.RedundantExperts > 0) || (plan.Phases.Count > 1
            && plan.Cluster.Pool == PoolKind.Unified))
            return;
        int gpu = plan.Phases[^1].RankGpus[seed % plan.Phases[^1].RankGpus.Count];
        DagImpact impact = ImpactAnalysis.Of(DagGenerator.Generate(plan), plan, GpuSet.Of(gpu));
        GpuMemory memory = MemoryPlan.OfGpus(plan)[gpu];
        Assert.Equal(memory.WeightBytes, impact.WeightBytes);
        if (plan.DecodeLayout is not null)
            Assert.Equal(memory.CacheBytes, impact.CacheBytes);
        Assert.True(impact.WeightBytesElsewhere <= impact.WeightBytes && impact.CacheBytesElsewhere <= impact.CacheBytes);
    }

    [Fact]
    public void One_GPU_of_the_reference_plan_stops_everything()
    {
        DagImpact impact = Of(TestPlans.Reference, GpuSet.Of(5));
        Assert.False(impact.StillServes);
        Assert.Equal([64, 32], impact.Units.Select(unit => unit.Gpus.Count));
        Assert.Equal(63, impact.Idle.Count);
        Assert.Equal((1, 1), (impact.SmallestOutage.Count, impact.SmallestStop.Count));

        // GPU 5 is ep1 tp1 of stage 1 in both phases: experts 4-7, copied on the other rank of sp in prefill alone.
        Assert.Equal("GPUs 6-7", "GPUs " + impact.Experts.Single(row => row.Phase?.Kind == PhaseKind.Prefill).Copies);
        Assert.True(impact.Experts.Single(row => row.Phase?.Kind == PhaseKind.Decode).Copies.IsEmpty);
        Assert.Contains(impact.Groups, group =>
            group is { Phase.Kind: PhaseKind.Prefill, Axes: "ep" } && group.Gpus.ToString() == "1,5,9,13");
        Assert.Contains(impact.Groups, group => group is { Axes: "tp" } && group.Gpus.ToString() == "4-5");
        Assert.Contains(impact.Operators, row => row is { Operator: "Attention", Layers: "1-4", Phase.Kind: PhaseKind.Prefill });
        Assert.Equal(impact.WeightBytes, impact.WeightBytesElsewhere);
        Assert.Equal(1, impact.SequencesLost);
    }

    [Fact]
    public void A_set_of_instances_that_fails_leaves_the_others_serving()
    {
        PhaseStrategy wide = new() { Tp = 4 }, two = new() { Tp = 2, Replicas = 2 };
        PlanSpec spec = TestPlans.Of(TestPlans.Moe, new PhaseStrategy { Instances = [wide, two] },
            new PhaseStrategy { Instances = [two, wide] }, pool: PoolKind.Disaggregated);
        DagImpact impact = Of(spec, GpuSet.Of(0));
        Assert.True(impact.StillServes);
        Assert.Equal((3, 6), (impact.SmallestOutage.Count, impact.SmallestStop.Count));
        Assert.Equal("4-7", impact.Experts.Single().Copies.ToString());
        Assert.False(Of(spec, GpuSet.Parse("0,4,6")).StillServes);
    }

    [Fact]
    public void Instances_and_data_parallel_ranks_of_dense_models_work_on()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2, Dp = 2, Replicas = 2 }, new PhaseStrategy { Tp = 2,
            Dp = 2 },
            pool: PoolKind.Disaggregated);
        DagImpact impact = Of(spec, GpuSet.Of(0));
        Assert.Equal(6, impact.Units.Count);
        Assert.Equal("0-1", impact.Units.Single(unit => unit.Stops).Gpus.ToString());
        Assert.True(impact.StillServes);
        Assert.Equal("1", impact.Idle.ToString());
        Assert.Equal(2, impact.SmallestOutage.Count);
        Assert.Equal(6, impact.SmallestStop.Count);
    }

    [Fact]
    public void Nodes_and_domains_are_their_GPUs()
    {
        ClusterSpec cluster = TestPlans.Reference.Cluster with { Domain = 16 };
        Assert.Equal("16-23", ImpactAnalysis.GpusOf(cluster, "node", [2]).ToString());
        Assert.Equal("16-31", ImpactAnalysis.GpusOf(cluster, "domain", [1]).ToString());
        Assert.Contains("nodes 0 to 7", Assert.Throws<InputException>(() => ImpactAnalysis.GpusOf(cluster, "node", [8])).Message,
            StringComparison.Ordinal);
        Assert.Contains("it uses GPUs 0-63", Assert.Throws<InputException>(() =>
            Of(TestPlans.Reference with { Cluster = cluster with { Gpus = 128 } }, GpuSet.Of(100))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_fits_a_terminal() => Assert.All(ImpactText.Write(Of(TestPlans.Reference, GpuSet.Range(0, 7))).Split('\n'),
        line => Assert.True(line.Length <= 81, line));
}
