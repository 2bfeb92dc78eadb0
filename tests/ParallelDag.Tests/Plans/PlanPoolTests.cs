using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Phases and instances on the GPUs of a pool, at the ends of what it holds.</summary>
public class PlanPoolTests
{
    /// <summary>Two phases of 8 GPUs on 16: decode may lie behind prefill, before it, and nowhere else.</summary>
    [Theory]
    [InlineData(null, null, "")]
    [InlineData(0, 8, "")]
    [InlineData(8, 0, "")]
    [InlineData(0, 7, "decode.firstGpu: decode from GPU 7 on would share GPUs with prefill, which has 0 to 7")]
    [InlineData(8, 1, "decode.firstGpu: decode from GPU 1 on would share GPUs with prefill, which has 8 to 15")]
    [InlineData(0, 9, "decode.firstGpu: decode needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) from 9 on, but the last is 15")]
    [InlineData(9, 0, "prefill.firstGpu: prefill needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) from 9 on, but the last is 15")]
    [InlineData(null, 8, "")]
    [InlineData(null, 7, "decode.firstGpu: decode from GPU 7 on")]
    [InlineData(8, null, "decode: decode needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) but its pool has 0: the 16 of cluster.gpus less")]
    public void Phases_of_a_disaggregated_pool_have_GPUs_of_their_own(int? prefill, int? decode, string fault)
    {
        PlanSpec plan = TestPlans.Of(
            TestPlans.Dense, new PhaseStrategy { Tp = 8, FirstGpu = prefill }, new PhaseStrategy { Tp = 8, FirstGpu = decode },
            pool: PoolKind.Disaggregated);
        plan = plan with { Cluster = plan.Cluster with { Gpus = 16 } };
        string found = string.Join('|', PlanValidator.Validate(plan).Select(found => $"{found.Path}: {found.Message}"));
        Assert.StartsWith(fault, found, StringComparison.Ordinal);
        Assert.Equal(fault.Length == 0, found.Length == 0);
    }

    /// <summary>A first GPU places a phase of a disaggregated pool alone; a unified one begins at 0.</summary>
    [Fact]
    public void A_first_GPU_needs_a_disaggregated_pool()
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { FirstGpu = 1 });
        PlanFault fault = Assert.Single(PlanValidator.Validate(plan));
        Assert.Equal("prefill.firstGpu", fault.Path);
        Assert.StartsWith("firstGpu places a phase of a disaggregated pool", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>16 GPUs of which prefill has 8: a decode of 8 fits behind it, and beside it on a unified pool one of 16.</summary>
    [Theory]
    [InlineData(PoolKind.Disaggregated, 1, true)]
    [InlineData(PoolKind.Disaggregated, 2, false)]
    [InlineData(PoolKind.Unified, 2, true)]
    [InlineData(PoolKind.Unified, 3, false)]
    public void A_pool_is_as_large_as_its_phases(PoolKind pool, int replicas, bool accepted)
    {
        PlanSpec plan = TestPlans.Of(
            TestPlans.Dense, new PhaseStrategy { Tp = 8 }, new PhaseStrategy { Tp = 8, Replicas = replicas }, pool: pool);
        plan = plan with { Cluster = plan.Cluster with { Gpus = 16 } };
        Assert.Equal(accepted, PlanValidator.Validate(plan).Count == 0);
    }

    /// <summary>Instances together take at most 2^24 sequences.</summary>
    [Theory]
    [InlineData(1 << 23, 2, true)]
    [InlineData((1 << 23) + 1, 2, false)]
    public void Instances_take_a_limited_number_of_sequences(int batch, int replicas, bool accepted)
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Replicas = replicas }, batch: batch);
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(plan);
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault => Assert.Equal("prefill.replicas", fault.Path));
    }
}
