using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Operators;

public class PhaseContextTests
{
    private static readonly WorkloadSpec Workload = new() { Batch = 8, PromptLength = 64, OutputLength = 8 };

    private static PhaseContext Context(PhaseKind phase, PhaseStrategy strategy, (long, long)? part = null) =>
        new(64, Precision.Bf16, Workload, phase, strategy, 8, part);

    [Fact]
    public void A_chunk_lies_in_the_cache_with_its_whole_prompt()
    {
        PhaseContext chunk = Context(PhaseKind.Prefill, new PhaseStrategy(), (16, 16));
        Assert.Equal((16, 32), (chunk.SequenceLength, chunk.Length));
        Assert.Equal((64, 64), (chunk.OfPrompt().SequenceLength, chunk.OfPrompt().Length));
        PhaseContext decode = Context(PhaseKind.Decode, new PhaseStrategy());
        Assert.Equal((1, 72), (decode.OfPrompt().SequenceLength, decode.OfPrompt().Length));
    }

    /// <summary>However a prompt passes, the same cache lies there in the end.</summary>
    [Fact]
    public void Chunks_leave_the_cache_of_the_whole_prompt()
    {
        long Cache(int? chunk) => MemoryPlan.Of(
            DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Chunk = chunk })))[0].KvCacheBytes;
        Assert.Equal(Cache(null), Cache(128));
        Assert.Equal(Cache(null), Cache(88));
    }

    [Fact]
    public void Decode_splits_its_cache_by_token_where_kvParallel_says_so()
    {
        Assert.False(Context(PhaseKind.Decode, new PhaseStrategy { Tp = 2 }).SplitsCache);
        Assert.True(Context(PhaseKind.Decode, new PhaseStrategy { Tp = 2, KvParallel = 2 }).SplitsCache);
    }

    /// <summary>8 sequences of 64 tokens of 64 values of 2 bytes are 65,536 bytes; each of 4 ranks may send a quarter.</summary>
    [Theory]
    [InlineData(PipelineMessage.Whole, AttentionOutput.AllReduce, 4, 65_536)]
    [InlineData(PipelineMessage.Scattered, AttentionOutput.AllReduce, 4, 16_384)]
    [InlineData(PipelineMessage.Scattered, AttentionOutput.AllReduce, 1, 65_536)]
    [InlineData(PipelineMessage.Whole, AttentionOutput.ReduceScatter, 4, 16_384)]
    [InlineData(PipelineMessage.Scattered, AttentionOutput.ReduceScatter, 4, 16_384)]
    public void A_rank_sends_all_that_it_holds_or_its_part_of_what_all_hold(
        PipelineMessage message, AttentionOutput output, int tp, long bytes)
    {
        var strategy = new PhaseStrategy { Tp = tp, PipelineMessage = message, AttentionOutput = output };
        Assert.Equal(bytes, ((ITensor)Context(PhaseKind.Prefill, strategy).Message).LocalBytes(0));
    }

    [Fact]
    public void Only_a_scattered_message_is_split_by_its_width()
    {
        var strategy = new PhaseStrategy { Tp = 2, PipelineMessage = PipelineMessage.Scattered };
        Assert.Equal("hidden", Context(PhaseKind.Prefill, strategy).Message.PlacementOn(Axis.Tp).Dimension);
        PhaseContext norms = Context(PhaseKind.Prefill, strategy with { AttentionOutput = AttentionOutput.ReduceScatter });
        Assert.Equal("seq_len", norms.Message.PlacementOn(Axis.Tp).Dimension);
        PhaseContext alone = Context(PhaseKind.Prefill, strategy with { Tp = 1 });
        Assert.Null(alone.Message.PlacementOn(Axis.Tp).Dimension);
    }
}
