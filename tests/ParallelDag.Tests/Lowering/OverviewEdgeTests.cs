using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>Edges of overviews with their bytes, by hand.</summary>
public class OverviewEdgeTests
{
    private static Dag Overview(PlanSpec spec, PhaseKind? phase = null) =>
        DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Overview, phase);

    private static string[] Lines(Dag dag, string from) => [.. dag.Edges
        .Where(edge => edge.Source.StartsWith(from, StringComparison.Ordinal))
        .Select(edge => $"{edge.Source[from.Length..]} -> {edge.Target} {edge.Kind} {edge.Bytes}")];

    private static readonly PlanSpec Mixed = TestPlans.Of(
        TestPlans.Moe with { FirstDenseLayers = 1, Layers = 3 }, new PhaseStrategy { Pp = 2 }, new PhaseStrategy(),
        pool: PoolKind.Disaggregated);

    /// <summary>
    /// 8 sequences of 64 positions, 64 wide in bf16: 65,536 bytes of stream; 8 logits of two bytes a token; 2 choices of four bytes; 2
    /// copies of the stream to and from experts; K and V of 4 heads of 8.
    /// </summary>
    [Fact]
    public void Edges_carry_what_one_layer_and_one_pass_carry()
    {
        Dag dag = Overview(Mixed);
        Assert.Equal(
            [
                "prefill_s1_input -> prefill_s1_embedding Data 2048",
                "prefill_s1_embedding -> prefill_l1_attention_dense Data 65536",
            ],
            Lines(dag, "").Where(line => line.StartsWith("prefill_s1_input", StringComparison.Ordinal)
                || line.StartsWith("prefill_s1_embedding", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "attention_moe -> prefill_l2_gate_moe Data 65536",
                "attention_moe -> prefill_l2_experts_moe Data 65536",
                "attention_moe -> prefill_l2_ffn_residual_moe Data 65536",
                "attention_moe -> prefill_s1_kv_transfer Kv 65536",
                "gate_moe -> prefill_l2_top_k_moe Data 8192",
                "top_k_moe -> prefill_l2_experts_moe Data 4096",
                "top_k_moe -> prefill_l2_experts_moe Gate 0",
                "experts_moe -> prefill_l2_expert_aggregation_moe Data 131072",
                "expert_aggregation_moe -> prefill_l2_ffn_residual_moe Data 65536",
                "ffn_residual_moe -> prefill_s1_pipeline_send_recv Pipeline 65536",
            ],
            Lines(dag, "prefill_l2_"));
        Assert.Equal(["_head -> prefill_s2_output Data 0", "_head -> decode_s1_input Token 32"], Lines(dag, "prefill_s2_lm"));
    }

    /// <summary>Layers 1 and 2 of the first stage in one block, which names both; a stage of one layer names it.</summary>
    [Fact]
    public void Transfers_of_a_stage_are_one_block()
    {
        Dag dag = Overview(Mixed);
        DagNode[] transfers = [.. dag.Nodes.Where(node => node.Op == Ops.KvTransfer)];
        Assert.Equal([(null, "1-2"), (3, null)], transfers.Select(node => (node.Layer, node.Layers)));
        Assert.Equal([131072, 65536], transfers.Select(node => node.WireBytes));
        Assert.Equal([131072, 65536], transfers.Select(node => node.Facts.HbmBytes));
        Assert.Equal([2L, 1L], transfers.Select(node => (long)node.Members));

        // Layers of two kinds are handed over as one: of several sizes a block tells none.
        Assert.Equal([null, 65536L], transfers.Select(node => node.Facts.Bytes));
        Assert.Equal([null, 1L], transfers.Select(node => node.Facts.Groups));
        Assert.Equal(
            [
                "prefill_s1_kv_transfer -> decode_l1_attention_dense Kv 65536",
                "prefill_s1_kv_transfer -> decode_s1_attention_moe Kv 65536",
                "prefill_l3_kv_transfer -> decode_s1_attention_moe Kv 65536",
            ],
            dag.Edges.Where(edge => edge.GetSource().Op == Ops.KvTransfer)
                .Select(edge => $"{edge.Source} -> {edge.Target} {edge.Kind} {edge.Bytes}"));

        // The time of two layers is twice that of one.
        Assert.Equal(2 * transfers[1].Seconds!.Value, transfers[0].Seconds!.Value, 1e-12);
    }

    /// <summary>On one pool nothing moves, and a cache goes from the projection to its reader without a transfer.</summary>
    [Fact]
    public void A_cache_that_stays_joins_the_phases_directly()
    {
        Dag dag = Overview(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Tp = 2 }));
        Assert.DoesNotContain(dag.Nodes, node => node.Op == Ops.KvTransfer);
        Assert.Equal(["prefill_s1_attention -> decode_s1_attention 32768"], dag.Edges.Where(edge => edge.Kind == EdgeKind.Kv)
            .Select(edge => $"{edge.Source} -> {edge.Target} {edge.Bytes}"));
    }

    [Theory]
    [InlineData(PhaseKind.Prefill)]
    [InlineData(PhaseKind.Decode)]
    public void A_phase_alone_hands_nothing_over(PhaseKind phase)
    {
        Dag dag = Overview(Mixed, phase);
        Assert.All(dag.Nodes, node => Assert.Equal(phase, node.Phase));
        Assert.DoesNotContain(dag.Edges, edge => edge.Kind is EdgeKind.Kv or EdgeKind.Token);
        Assert.DoesNotContain(dag.Nodes, node => node.Op == Ops.KvTransfer);
    }

    /// <summary>
    /// 64 positions over three ranks are 22, 21, 21; 8 sequences over three micro-batches 3, 3, 2: messages of several sizes, each sent and
    /// received through the memory of a GPU.
    /// </summary>
    [Fact]
    public void A_send_stands_for_those_of_all_passes_and_ranks()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Pp = 2, Sp = 3 });
        DagNode[] sends = [.. DagGenerator.Generate(DeploymentPlan.Create(spec)).Nodes.Where(node => node.Op == Ops.PipelineSendRecv)];
        Assert.Equal(["prefill_s1_pipeline_send_recv", "prefill_s1_pipeline_send_recv_v2"], sends.Select(node => node.Id));
        const long Long = 8 * 22 * 64 * 2, Short = 8 * 21 * 64 * 2;
        Assert.Equal([(Long, 1L, Long, 2 * Long, 1L), (Short, 2L, 2 * Short, 2 * Short, 2L)], sends.Select(node =>
            (node.Facts.Bytes!.Value, node.Facts.Groups!.Value, node.WireBytes, node.Facts.HbmBytes, (long)node.Members)));

        DagNode block = Overview(spec with { Prefill = spec.Prefill! with { MicroBatches = 3 } }).Nodes
            .Single(node => node.Op == Ops.PipelineSendRecv);
        Assert.Equal((null, null, 8 * 64 * 64 * 2L, 9L, false),
            (block.Facts.Bytes, block.Facts.Groups, block.WireBytes, (long)block.Members, block.Facts.PerMicroBatch));
        Assert.Equal(2 * (3 + 3 + 2) * 22 * 64 * 2L, block.Facts.HbmBytes);

        // Equal messages are told with their size.
        PlanSpec even = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Pp = 2, MicroBatches = 2 });
        DagNode alike = Overview(even).Nodes.Single(node => node.Op == Ops.PipelineSendRecv);
        Assert.Equal((4 * 64 * 64 * 2L, 2L), (alike.Facts.Bytes!.Value, alike.Facts.Groups!.Value));
        Assert.Equal([4 * 64 * 64 * 2L], alike.GetDag().Edges.Where(edge => edge.Target == alike.Id).Select(edge => edge.Bytes));
    }

    /// <summary>A set that takes from several names what it takes after itself.</summary>
    [Fact]
    public void Transfers_between_sets_of_instances_are_called_after_the_taker()
    {
        Dag dag = Overview(TestPlans.ManySets(2, 2));
        Assert.Equal(
            ["prefill1_s1_kv_transfer_decode1", "prefill2_s1_kv_transfer_decode2", "prefill2_s2_kv_transfer_decode2"],
            dag.Nodes.Where(node => node.Op == Ops.KvTransfer).Select(node => node.Id));
        Assert.Equal([("prefill1_s1_lm_head", "decode1_s1_input"), ("prefill2_s2_sampling", "decode2_s1_input")],
            dag.Edges.Where(edge => edge.Kind == EdgeKind.Token).Select(edge => (edge.Source, edge.Target)));
    }
}
