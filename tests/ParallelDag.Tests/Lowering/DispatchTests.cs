using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Lowering;

/// <summary>How tokens meet their experts, as engines are started. The model has 8 experts, top 2, hidden 64; batch 8, prompt 64.</summary>
public class DispatchTests
{
    private static readonly ModelOutline Moe = TestPlans.Moe;

    private static PhaseStrategy Folded(int tp, int dp, int ep, int etp = 1) =>
        new() { Tp = tp, Dp = dp, Ep = ep, Etp = etp, ExpertParallel = ExpertParallelMode.Folded };

    private static Dag Device(PhaseStrategy? prefill, PhaseStrategy? decode = null, ModelOutline? model = null, int batch = 8) =>
        DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Of(model ?? Moe, prefill, decode, batch)), DetailLevel.Device);

    /// <summary>The collectives that GPU 0 meets in layer 1, in their order: operator, GPUs, S, wire.</summary>
    private static string[] Met(Dag dag, int gpu = 0) => [.. dag.Nodes
        .Where(node => node.Layer == 1 && node.Collective != CollectiveKind.None && node.Gpus!.Contains(gpu))
        .Select(node => Words.Invariant($"{node.Op} {node.Gpus} {node.Bytes} {node.WireBytes}"))];

    private static string[] Experts(Dag dag) => [.. dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1)
        .Select(node => node.Experts!)];

    /// <summary><c>vllm serve -tp 8 --enable-expert-parallel</c>.</summary>
    [Fact]
    public void Expert_parallelism_over_tensor_parallel_ranks_moves_no_token()
    {
        Dag dag = Device(Folded(tp: 4, dp: 1, ep: 4));
        const long Hidden = 8L * 64 * 64 * 2;
        Assert.Equal(
            [$"attention_all_reduce 0-3 {Hidden} {6 * Hidden}", $"ffn_all_reduce 0-3 {Hidden} {6 * Hidden}"],
            Met(dag));
        Assert.Equal(["0-1", "2-3", "4-5", "6-7"], Experts(dag));

        // Every token visits two experts once: 8*64 tokens, 3 matrices of 64*32.
        Assert.Equal(512m * 2 * 3 * 2 * 64 * 32, dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1)
            .Sum(node => node.Flops));
        Assert.Equal(512m * 2 * 2 * 64, dag.Nodes.Where(node => node.Op == Ops.ExpertAggregation && node.Layer == 1)
            .Sum(node => node.Flops));
    }

    [Fact]
    public void A_batch_of_one_works_where_nothing_is_dispatched()
    {
        Dag dag = Device(null, Folded(tp: 8, dp: 1, ep: 8), batch: 1);
        Assert.Equal([$"attention_all_reduce 0-7 128 {2 * 7 * 128}", $"ffn_all_reduce 0-7 128 {2 * 7 * 128}"], Met(dag));
        Assert.Equal(2, dag.Nodes.Count(node => node.Op == Ops.Experts && node.Layer == 1 && node.Flops > 0));
    }

    /// <summary>Under Megatron's sequence parallelism the same: gathered for the block, reduce-scattered behind it.</summary>
    [Fact]
    public void Without_dispatch_split_norms_are_gathered_and_scattered_as_for_any_FFN()
    {
        PhaseStrategy strategy = Folded(tp: 4, dp: 1, ep: 4) with { AttentionOutput = AttentionOutput.ReduceScatter,
            Dispatch = ExpertDispatch.None };
        const long Hidden = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"qkv_all_gather 0-3 {Hidden} {3 * Hidden}", $"attention_reduce_scatter 0-3 {Hidden} {3 * Hidden}",
                $"ffn_all_gather 0-3 {Hidden} {3 * Hidden}", $"ffn_reduce_scatter 0-3 {Hidden} {3 * Hidden}",
            ],
            Met(Device(strategy)));
    }

    /// <summary><c>vllm serve -tp 2 -dp 4 --enable-expert-parallel</c> with its default backend.</summary>
    [Fact]
    public void Gathering_joins_data_parallel_ranks_and_leaves_the_sum_over_tp_to_the_block()
    {
        Dag dag = Device(Folded(tp: 2, dp: 4, ep: 8) with { Dispatch = ExpertDispatch.AllGather });
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"attention_all_reduce 0-1 {All / 4} {All / 2}", $"expert_all_gather 0,2,4,6 {All} {3 * All}",
                $"expert_reduce_scatter 0,2,4,6 {All} {3 * All}", $"ffn_all_reduce 0-1 {All / 4} {All / 2}",
            ],
            Met(dag));
        DagNode gather = dag.Nodes.First(node => node.Op == Ops.ExpertAllGather);
        Assert.Equal("[batch_size=2, seq_len=64, hidden=64]", gather.Input.ToString());
        Assert.Equal("[batch_size=8, seq_len=64, hidden=64]", gather.Output.ToString());
        Assert.Equal(Enumerable.Range(0, 8).Select(expert => $"{expert}"), Experts(dag));
    }

    /// <summary><c>vllm serve -tp 2 -dp 4</c>: each expert is split over all eight ranks.</summary>
    [Fact]
    public void Without_expert_parallelism_experts_form_one_tensor_parallel_group()
    {
        Dag dag = Device(Folded(tp: 2, dp: 4, ep: 1, etp: 8));
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"attention_all_reduce 0-1 {All / 4} {All / 2}", $"expert_all_gather 0,2,4,6 {All} {3 * All}",
                $"expert_reduce_scatter 0,2,4,6 {All} {3 * All}", $"ffn_all_reduce 0-1 {All / 4} {All / 2}",
            ],
            Met(dag));
        Assert.All(Experts(dag), experts => Assert.Equal("0-7", experts));
        Assert.Equal(512m * 2 * 3 * 2 * 64 * 32, dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1)
            .Sum(node => node.Flops));
    }

    [Fact]
    public void Gathering_takes_plain_tokens_for_split_experts_too()
    {
        Dag dag = Device(Folded(tp: 1, dp: 4, ep: 2, etp: 2) with { Dispatch = ExpertDispatch.AllGather });
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal([$"expert_all_gather 0-3 {All} {3 * All}", $"expert_reduce_scatter 0-3 {All} {3 * All}"], Met(dag));
        Assert.Equal(512m * 2 * 3 * 2 * 64 * 32, dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1)
            .Sum(node => node.Flops));
    }

    [Fact]
    public void Gathering_under_split_norms_joins_all_ranks_at_once()
    {
        PhaseStrategy strategy = Folded(tp: 2, dp: 2, ep: 4) with { AttentionOutput = AttentionOutput.ReduceScatter,
            Dispatch = ExpertDispatch.AllGather };
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"qkv_all_gather 0-1 {All / 2} {All / 2}", $"attention_reduce_scatter 0-1 {All / 2} {All / 2}",
                $"expert_all_gather 0-3 {All} {3 * All}", $"expert_reduce_scatter 0-3 {All} {3 * All}",
            ],
            Met(Device(strategy)));
    }

    [Fact]
    public void Dedicated_experts_can_be_gathered_to_as_well()
    {
        Dag dag = Device(new PhaseStrategy { Tp = 2, Ep = 4, Dispatch = ExpertDispatch.AllGather });
        const long All = 8L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"attention_all_reduce 0-1 {All / 4} {All / 2}", $"expert_all_gather 0,2,4,6 {All} {3 * All}",
                $"expert_reduce_scatter 0,2,4,6 {All} {3 * All}", $"ffn_all_reduce 0-1 {All / 4} {All / 2}",
            ],
            Met(dag));
    }

    /// <summary>
    /// Not tp copies of every token: the part of the sequence that a tp rank has is dispatched and gathered over tp behind it.
    /// </summary>
    [Fact]
    public void Dedicated_experts_under_split_norms_dispatch_the_parts_of_tp_ranks()
    {
        Dag dag = Device(new PhaseStrategy { Tp = 2, Ep = 4, AttentionOutput = AttentionOutput.ReduceScatter });
        const long Slots = 2L * 32 * 2 * 64 * 2; // Of one GPU: 2 sequences, half of 64 positions, top 2.
        const long Hidden = 2L * 64 * 64 * 2;
        Assert.Equal(
            [
                $"qkv_all_gather 0-1 {Hidden} {Hidden}", $"attention_reduce_scatter 0-1 {Hidden} {Hidden}",
                $"dispatch 0,2,4,6 {Slots} {3 * Slots}", $"expert_all_gather 0-1 {2 * Slots} {2 * Slots}",
                $"expert_reduce_scatter 0-1 {2 * Slots} {2 * Slots}", $"combine 0,2,4,6 {Slots} {3 * Slots}",
            ],
            Met(dag));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.Gate), node =>
            Assert.Equal("[batch_size=2, seq_len=32, hidden=64]", node.Input.ToString()));
    }

    [Fact]
    public void Experts_on_a_part_of_the_tensor_parallel_ranks_pay_their_sum_there()
    {
        Dag dag = Device(Folded(tp: 4, dp: 1, ep: 2));
        const long Hidden = 8L * 64 * 64 * 2;
        Assert.Equal([$"attention_all_reduce 0-3 {Hidden} {6 * Hidden}", $"ffn_all_reduce 0-1 {Hidden} {2 * Hidden}"], Met(dag));
    }

    /// <summary>One All-Reduce pays shared experts, split over tp, and routed ones.</summary>
    [Theory]
    [InlineData(4, 1, 4, null)]
    [InlineData(2, 2, 4, ExpertDispatch.AllGather)]
    public void Shared_experts_are_split_over_tp_where_the_routed_ones_owe_that_sum(int tp, int dp, int ep, ExpertDispatch? dispatch)
    {
        ModelOutline model = Moe with { Moe = Moe.Moe! with { SharedExperts = 1, SharedFfn = 32 } };
        Dag dag = Device(Folded(tp, dp, ep) with { Dispatch = dispatch }, model: model);
        Assert.Equal(512m * 3 * 2 * 64 * 32, dag.Nodes.Where(node => node.Op == Ops.SharedExperts && node.Layer == 1)
            .Sum(node => node.Flops));
        Assert.Single(Met(dag), met => met.StartsWith(Ops.FfnAllReduce, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_plan_does_not_say_follows_from_where_tokens_lie()
    {
        static ExpertDispatch Of(PhaseStrategy strategy) =>
            new DispatchRule(DeploymentPlan.Create(TestPlans.Of(Moe, strategy)) is var plan ? plan.Context(plan.PrefillLayout!)
                : null!).Mode;
        Assert.Equal(ExpertDispatch.AllToAll, Of(new PhaseStrategy { Ep = 4, Tp = 2 }));
        Assert.Equal(ExpertDispatch.None, Of(new PhaseStrategy { Tp = 4 }));
        Assert.Equal(ExpertDispatch.None, Of(new PhaseStrategy { Tp = 4, AttentionOutput = AttentionOutput.ReduceScatter }));
        Assert.Equal(ExpertDispatch.None, Of(Folded(tp: 4, dp: 1, ep: 4)));
        Assert.Equal(ExpertDispatch.AllToAll, Of(Folded(tp: 4, dp: 1, ep: 4) with { AttentionOutput = AttentionOutput.ReduceScatter }));
        Assert.Equal(ExpertDispatch.AllToAll, Of(Folded(tp: 1, dp: 4, ep: 4)));
        Assert.Equal(ExpertDispatch.AllGather, Of(Folded(tp: 2, dp: 4, ep: 1, etp: 8)));
    }

    /// <summary>
    /// Two experts on each of four ranks, top 2 of 8: a rank is hit with 1 - C(6,2)/C(8,2) = 13/28. 128 tokens of a rank make
    /// 4*128*13/28 = 237.7 rows, its own part included, and 4*128*3*13/28 = 713.1 rows travel.
    /// </summary>
    [Fact]
    public void Tokens_that_travel_once_to_each_rank_are_counted_by_chance()
    {
        Dag dag = Device(Folded(tp: 1, dp: 4, ep: 4) with { Dedup = true });
        Assert.Equal([$"dispatch 0-3 {238 * 128} {713 * 128}", $"combine 0-3 {238 * 128} {713 * 128}"], Met(dag));
        Assert.Equal("[batch_size=2, seq_len=64, hidden=64]", dag.Nodes.First(node => node.Op == Ops.Dispatch).Input.ToString());
    }
}
