using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Sets of instances at the ends of what a pool holds; two GPUs a set unless said otherwise.</summary>
public class InstancePlacesTests
{
    private static readonly PhaseStrategy Two = new() { Tp = 2 };

    private static string[] Faults(PhaseStrategy[] prefill, PhaseStrategy[]? decode = null, int gpus = 1024, int batch = 8,
        PoolKind pool = PoolKind.Disaggregated)
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Instances = [.. prefill] },
            decode is null ? null : new PhaseStrategy { Instances = [.. decode] }, batch: batch, pool: pool);
        return [.. InstancePlaces.Faults(spec with { Cluster = spec.Cluster with { Gpus = gpus } })
            .Select(fault => $"{fault.Path}: {fault.Message}")];
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(3, "prefill.instances[1]: prefill2 needs 2 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 2) from 2 on, but the last is 2; ")]
    public void Every_set_ends_in_the_pool(int gpus, string? fault)
    {
        string[] faults = Faults([Two, Two with { Tp = 2, Dp = 1 }], gpus: gpus);
        Assert.Equal(fault is null ? 0 : 1, faults.Length);
        Assert.All(faults, found => Assert.StartsWith(fault!, found, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, "prefill.instances[1].firstGpu: prefill2 has GPUs 1 to 2, and prefill1 0 to 1: no two sets of instances share a GPU")]
    public void Sets_side_by_side_share_no_GPU(int first, string? fault)
    {
        string[] faults = Faults([Two, Two with { FirstGpu = first }]);
        Assert.Equal(fault is null ? 0 : 1, faults.Length);
        Assert.All(faults, found => Assert.StartsWith(fault!, found, StringComparison.Ordinal));
    }

    /// <summary>Of two that overlap the one that was placed is told.</summary>
    [Fact]
    public void The_set_that_was_placed_is_told()
    {
        string fault = Assert.Single(Faults([Two with { FirstGpu = 2 }, Two with { FirstGpu = 3 }]));
        Assert.StartsWith("prefill.instances[1].firstGpu: prefill2 has GPUs 3 to 4, and prefill1 2 to 3", fault, StringComparison.Ordinal);
        Assert.Empty(Faults([Two with { FirstGpu = 2 }, Two with { FirstGpu = 0 }]));
        Assert.Single(Faults([Two with { FirstGpu = 2 }], [Two with { FirstGpu = 1 }]));
    }

    [Theory]
    [InlineData(1 << 20, 16, true)]
    [InlineData((1 << 20) + 1, 16, false)]
    public void Sequences_of_all_sets_have_a_most(int batch, int replicas, bool accepted)
    {
        string[] faults = Faults([Two with { Batch = batch, Replicas = replicas - 1 }, Two with { Replicas = 1 }], batch: batch);
        Assert.Equal(accepted, faults.Length == 0);
        Assert.All(faults, fault => Assert.StartsWith("prefill.instances: the instances hold more than 16777216", fault,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Sets_have_a_most()
    {
        PhaseStrategy[] most = [.. Enumerable.Repeat(new PhaseStrategy(), PhaseId.MostSets)];
        Assert.Empty(Faults(most, gpus: 1 << 20));
        Assert.StartsWith($"prefill.instances: {PhaseId.MostSets + 1} sets of instances are more than {PhaseId.MostSets}",
            Assert.Single(Faults([.. most, new PhaseStrategy()], gpus: 1 << 20)), StringComparison.Ordinal);
    }

    /// <summary>Instances need a disaggregated pool, and so does a first GPU; each section is told.</summary>
    [Fact]
    public void A_unified_pool_has_no_sets()
    {
        Assert.Equal(["prefill.instances", "decode.instances"],
            Faults([Two], [Two], pool: PoolKind.Unified).Select(fault => fault.Split(':')[0]).Where(path => !path.Contains("first")));
        Assert.Contains(Faults([Two with { FirstGpu = 0 }], pool: PoolKind.Unified), fault => fault.StartsWith(
            "prefill.instances[0].firstGpu: firstGpu places a phase of a disaggregated pool", StringComparison.Ordinal));
    }

    /// <summary>A set beyond any cluster is told by itself, and places are not looked for.</summary>
    [Fact]
    public void A_set_beyond_any_cluster_is_told_by_itself()
    {
        string[] faults = Faults([Two, new PhaseStrategy { Dp = 65_536, Tp = 32 }]);
        Assert.StartsWith("prefill.instances[1]: prefill2 needs 2097152 GPUs (pp 1 * dp 65536 * ep 1 * sp 1 * tp 32), but the last is 1023",
            Assert.Single(faults), StringComparison.Ordinal);
    }
}
