using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Lowering;

/// <summary>
/// Dense FFNs and LM heads that are split otherwise than attention. The model has hidden 64, FFN 128, vocabulary 100; batch 8, prompt 64.
/// </summary>
public class TensorGroupTests
{
    private static readonly ModelOutline Model = TestPlans.Dense with { Layers = 1, Ffn = 128, Vocab = 100 };

    private static Dag Device(PhaseStrategy prefill, ModelOutline? model = null) =>
        DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Of(model ?? Model, prefill)), DetailLevel.Device);

    private static string[] Met(Dag dag, bool layer) => [.. dag.Nodes
        .Where(node => node.Layer is not null == layer && node.Collective != CollectiveKind.None && node.Gpus!.Contains(0)
            && !node.Op!.StartsWith("embedding", StringComparison.Ordinal))
        .Select(node => Words.Invariant($"{node.Op} {node.Gpus} {node.Bytes} {node.WireBytes}"))];

    private static long Weights(PhaseStrategy prefill) =>
        MemoryPlan.Of(DeploymentPlan.Create(TestPlans.Of(Model, prefill)))[0].WeightBytes;

    /// <summary>SGLang's dense FFN under data-parallel attention: all tokens gathered, split over all ranks, scattered back.</summary>
    [Fact]
    public void A_dense_FFN_over_data_parallel_ranks_gathers_tokens_and_scatters_the_sum()
    {
        const long All = 8L * 64 * 64 * 2;
        Dag dag = Device(new PhaseStrategy { Dp = 4, DenseTp = 4 });
        Assert.Equal([$"ffn_all_gather 0-3 {All} {3 * All}", $"ffn_reduce_scatter 0-3 {All} {3 * All}"], Met(dag, layer: true));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.FfnUp), node =>
            Assert.Equal(("[batch_size=8, seq_len=64, hidden=64]", "[batch_size=8, seq_len=64, ffn=32]"),
                (node.Input.ToString(), node.Output.ToString())));
    }

    [Fact]
    public void Beside_tensor_parallelism_the_rest_of_the_sum_is_paid_over_tp()
    {
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"attention_all_reduce 0-1 {All / 2} {All}", $"ffn_all_gather 0,2 {All} {All}", $"ffn_reduce_scatter 0,2 {All} {All}",
                $"ffn_all_reduce 0-1 {All / 2} {All}",
            ],
            Met(Device(new PhaseStrategy { Tp = 2, Dp = 2, DenseTp = 4 }), layer: true));
    }

    /// <summary>DeepSeek's prefill: attention over tp with sequence parallelism, the dense FFN whole on each rank's part.</summary>
    [Fact]
    public void A_dense_FFN_that_is_whole_on_each_rank_needs_no_collective()
    {
        const long All = 8L * 64 * 64 * 2;
        Dag dag = Device(new PhaseStrategy { Tp = 2, DenseTp = 1, AttentionOutput = AttentionOutput.ReduceScatter });
        Assert.Equal([$"qkv_all_gather 0-1 {All} {All}", $"attention_reduce_scatter 0-1 {All} {All}"], Met(dag, layer: true));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.FfnUp), node =>
            Assert.Equal(("[batch_size=8, seq_len=32, hidden=64]", "[batch_size=8, seq_len=32, ffn=128]"),
                (node.Input.ToString(), node.Output.ToString())));
    }

    [Fact]
    public void A_head_over_data_parallel_ranks_gathers_last_positions_and_exchanges_vocabulary_for_sequences()
    {
        Dag dag = Device(new PhaseStrategy { Tp = 2, Dp = 2, HeadTp = 4 });

        // 4 sequences of a replica; after the exchange half of the vocabulary, gathered over tp.
        Assert.Equal(
            [
                $"head_all_gather 0,2 {8 * 64 * 2} {8 * 64 * 2}", $"logits_all_to_all 0,2 {8 * 25 * 2} {8 * 25 * 2}",
                $"logits_all_gather 0-1 {4 * 100 * 2} {4 * 100 * 2}",
            ],
            Met(dag, layer: false));
        Assert.Equal(2m * 8 * 64 * 100, dag.Nodes.Where(node => node.Op == Ops.LmHead).Sum(node => node.Flops));
    }

    [Fact]
    public void A_head_that_is_whole_on_each_rank_gathers_no_logits() =>
        Assert.Empty(Met(Device(new PhaseStrategy { Tp = 2, HeadTp = 1 }), layer: false));

    [Fact]
    public void Weights_follow()
    {
        const long Ffn = 3L * 64 * 128 * 2, Head = 100L * 64 * 2;
        long usual = Weights(new PhaseStrategy { Tp = 2, Dp = 2 });
        Assert.Equal(usual - (Ffn / 2) + (Ffn / 4), Weights(new PhaseStrategy { Tp = 2, Dp = 2, DenseTp = 4 }));
        Assert.Equal(usual + (Ffn / 2), Weights(new PhaseStrategy { Tp = 2, Dp = 2, DenseTp = 1 }));
        Assert.Equal(usual - (Head / 2) + (Head / 4), Weights(new PhaseStrategy { Tp = 2, Dp = 2, HeadTp = 4 }));

        // 100 entries become 128: embedding and head hold 14 more each on a rank.
        Assert.Equal(usual + (2L * 14 * 64 * 2), Weights(new PhaseStrategy { Tp = 2, Dp = 2, VocabPadding = 64 }));
    }

    /// <summary>vLLM pads to a multiple of 64: 100 over tp 2 is 64 each, and the gathered logits are 128 wide.</summary>
    [Fact]
    public void A_padded_vocabulary_is_split_and_gathered_with_its_padding()
    {
        DagNode gather = Device(new PhaseStrategy { Tp = 2, VocabPadding = 64 }).Nodes.Single(node => node.Op == Ops.LogitsAllGather);
        Assert.Equal(("[batch_size=8, seq_len=1, vocab=64]", "[batch_size=8, seq_len=1, vocab=128]"),
            (gather.Input.ToString(), gather.Output.ToString()));
    }
}
