using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>The largest batch that fits: it does, and one sequence more does not.</summary>
public class SequenceRoomTests
{
    private static DeploymentPlan Plan(
        PhaseStrategy? prefill, PhaseStrategy? decode, long memory, int batch = 8, int prompt = 64, int gpus = 64, int microBatches = 1)
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, prefill, decode, batch: batch, prompt: prompt, microBatches: microBatches);
        return DeploymentPlan.Create(spec with
        {
            Cluster = spec.Cluster with { Gpus = gpus, Gpu = new DeviceProfile("custom", memory, 1e15, 3e12), MemoryReserve = 0 },
        });
    }

    private static bool Fits(DeploymentPlan plan, bool prefill, int batch)
    {
        PhaseStrategy Own(PhaseStrategy strategy) => strategy with { Batch = batch };
        return MemoryPlan.Of(DeploymentPlan.Create(plan.Spec with
        {
            Prefill = prefill ? Own(plan.Spec.Prefill!) : null, Decode = prefill ? null : Own(plan.Spec.Decode!),
        })).All(memory => memory.Fits);
    }

    [Theory]
    [InlineData(1, 1, 3L << 20)]
    [InlineData(1, 1, 10L << 20)]
    [InlineData(2, 1, 10L << 20)]
    [InlineData(1, 2, 10L << 20)]
    [InlineData(2, 2, 30L << 20)]
    public void One_more_does_not_fit(int tp, int dp, long memory)
    {
        var strategy = new PhaseStrategy { Tp = tp, Dp = dp };
        DeploymentPlan plan = Plan(strategy, strategy, memory);
        foreach (bool prefill in new[] { true, false })
        {
            int room = SequenceRoom.Of(plan, prefill ? plan.PrefillLayout! : plan.DecodeLayout!)!.Value;
            Assert.InRange(room, dp, 1 << 20);
            Assert.True(Fits(plan, prefill, room));
            Assert.False(Fits(plan, prefill, room + 1));
        }
    }

    /// <summary>Weights of 1001 x 64 twice and four layers do not fit into half a megabyte.</summary>
    [Fact]
    public void Where_not_even_the_smallest_fits_there_is_no_room()
    {
        DeploymentPlan plan = Plan(new(), new(), 1 << 19);
        Assert.Equal(0, SequenceRoom.Of(plan, plan.PrefillLayout!));
        Assert.Equal(0, SequenceRoom.Of(plan, plan.DecodeLayout!));
    }

    [Fact]
    public void A_memory_without_end_holds_the_largest_batch_of_a_plan()
    {
        DeploymentPlan plan = Plan(null, new(), 1L << 60, prompt: 1);
        Assert.Equal(PlanValidator.MaxSize, SequenceRoom.Of(plan, plan.DecodeLayout!));
    }

    /// <summary>
    /// The smallest batch has a sequence for each part: micro-batch, data-parallel rank, and rank that splits a decode batch.
    /// </summary>
    [Theory]
    [InlineData(1, AttentionOutput.AllReduce)]
    [InlineData(3, AttentionOutput.AllReduce)]
    [InlineData(1, AttentionOutput.ReduceScatter)]
    public void The_smallest_batch_gives_every_rank_a_part(int microBatches, AttentionOutput output)
    {
        var strategy = new PhaseStrategy { Tp = 4, Dp = 2, AttentionOutput = output };
        int least = microBatches * 2 * (output == AttentionOutput.ReduceScatter ? 4 : 1);
        DeploymentPlan wide = Plan(null, strategy, 1L << 40, batch: 24, microBatches: microBatches);

        // A memory in which exactly the smallest batch fits has room for it; with one byte less it has none.
        long needed = MemoryPlan.Of(DeploymentPlan.Create(wide.Spec with { Decode = strategy with { Batch = least } }))
            .Max(memory => memory.TotalBytes);
        DeploymentPlan exact = Plan(null, strategy, needed, batch: 24, microBatches: microBatches);
        Assert.InRange(SequenceRoom.Of(exact, exact.DecodeLayout!)!.Value, least, least + (2 * microBatches) - 1);
        DeploymentPlan less = Plan(null, strategy, needed - 1, batch: 24, microBatches: microBatches);
        Assert.Equal(0, SequenceRoom.Of(less, less.DecodeLayout!));
    }

    /// <summary>A pass takes a position of each of its sequences, so a chunk of 16 tokens takes 16 sequences at most.</summary>
    [Fact]
    public void A_chunk_takes_a_position_of_each_sequence()
    {
        DeploymentPlan plan = Plan(new() { Chunk = 16 }, null, 1L << 40);
        Assert.Equal(16, SequenceRoom.Of(plan, plan.PrefillLayout!));
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Large_phases_are_not_searched(int gpus, bool searched)
    {
        DeploymentPlan plan = Plan(null, new() { Replicas = gpus }, 1 << 19, batch: 1, gpus: gpus);
        Assert.Equal(searched ? 0 : null, SequenceRoom.Of(plan, plan.DecodeLayout!));
    }
}
