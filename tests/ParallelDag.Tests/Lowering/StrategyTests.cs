using ParallelDag.Documents;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>Which collectives each strategy needs, and how large they are.</summary>
public class StrategyTests
{
    private static readonly ModelOutline Moe = TestPlans.Moe;

    private static Dag Generate(PlanSpec spec, DetailLevel detail = DetailLevel.Operator) =>
        DagGenerator.Generate(DeploymentPlan.Create(spec), detail);

    /// <summary>Collectives of layer 1 with how often one GPU meets them.</summary>
    private static Dictionary<string, int> Collectives(Dag dag, int gpu = 0) => dag.Nodes
        .Where(node => node.Layer == 1 && node.Collective != CollectiveKind.None && node.Gpus!.Contains(gpu))
        .GroupBy(node => node.Op!)
        .ToDictionary(group => group.Key, group => group.Count());

    [Fact]
    public void Tensor_parallelism_with_allReduce_needs_two_all_reduces_of_the_hidden_states()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 4 }), DetailLevel.Device);
        Assert.Equal(new Dictionary<string, int> { [Ops.AttentionAllReduce] = 1, [Ops.FfnAllReduce] = 1 }, Collectives(dag));
        Assert.All(dag.Nodes.Where(node => node.Layer == 1 && node.Collective != CollectiveKind.None), node =>
        {
            Assert.Equal(8L * 64 * 64 * 2, node.Bytes);
            Assert.Equal(2 * 3 * node.Bytes, node.WireBytes);
        });
    }

    [Fact]
    public void Tensor_parallelism_with_reduceScatter_needs_two_all_gathers_and_two_reduce_scatters()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 4, AttentionOutput = AttentionOutput.ReduceScatter }),
            DetailLevel.Device);
        Assert.Equal(
            new Dictionary<string, int> { [Ops.QkvAllGather] = 1, [Ops.AttentionReduceScatter] = 1, [Ops.FfnAllGather] = 1,
                [Ops.FfnReduceScatter] = 1 },
            Collectives(dag));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.FfnNorm),
            node => Assert.Equal("[batch_size=8, seq_len=16, hidden=64]", node.Input.ToString()));
        Assert.All(dag.Nodes.Where(node => node.Layer == 1 && node.Collective != CollectiveKind.None), node =>
        {
            Assert.Equal(8L * 64 * 64 * 2, node.Bytes);
            Assert.Equal(3 * node.Bytes, node.WireBytes);
        });
    }

    [Fact]
    public void Data_parallelism_needs_none() =>
        Assert.Empty(Collectives(Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Dp = 8 }))));

    [Fact]
    public void Sequence_parallelism_gathers_K_and_V_once()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Sp = 4 }), DetailLevel.Device);
        Assert.Equal(new Dictionary<string, int> { [Ops.KvAllGather] = 1 }, Collectives(dag));
        DagNode gather = dag.Nodes.First(node => node.Op == Ops.KvAllGather);
        Assert.Equal(2L * 8 * 64 * 4 * 8 * 2, gather.Bytes);
    }

    [Fact]
    public void A_ring_passes_as_many_bytes_as_the_all_gather_in_one_step_less_than_ranks()
    {
        PlanSpec gather = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Sp = 4, Tp = 2 });
        PlanSpec ring = gather with { Prefill = gather.Prefill! with { SpMethod = SequenceMethod.Ring } };
        DagNode[] steps = [.. Generate(ring, DetailLevel.Device).Nodes.Where(node => node.Op == Ops.RingKv && node.Layer == 1)];
        Assert.Equal(3 * 2, steps.Length);
        Assert.Equal(
            Generate(gather, DetailLevel.Device).Nodes.Where(node => node.Op == Ops.KvAllGather && node.Layer == 1)
                .Sum(node => node.WireBytes),
            steps.Sum(node => node.WireBytes));
    }

    [Fact]
    public void Ulysses_exchanges_heads_before_and_after_attention()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Sp = 4, SpMethod = SequenceMethod.Ulysses }),
            DetailLevel.Device);
        DagNode[] exchanges = [.. dag.Nodes.Where(node => node.Layer == 1 && node.Collective != CollectiveKind.None)];
        Assert.Equal([Ops.UlyssesAllToAll, Ops.UlyssesAllToAll], exchanges.Select(node => node.Op));

        // Before: Q (8 heads) and K, V (4 heads each) of a quarter of the sequence; after: the output's 8 heads.
        Assert.Equal(8L * 16 * (8 + 4 + 4) * 8 * 2, exchanges[0].Bytes);
        Assert.Equal(8L * 16 * 8 * 8 * 2, exchanges[1].Bytes);
        Assert.All(exchanges, node => Assert.Equal(3 * node.Bytes, node.WireBytes));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.Attention),
            node => Assert.Contains("seq_len=64, heads=2", node.Input.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Fewer_KV_heads_than_ranks_are_replicated_one_per_rank()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense with { KvHeads = 2 }, new PhaseStrategy { Tp = 8 }));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.QkvProjection),
            node => Assert.Contains("kv_heads=1,", node.Output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Folded_experts_on_split_tokens_need_no_gather_before_the_gate()
    {
        var strategy = new PhaseStrategy { Tp = 2, Dp = 2, Ep = 4, ExpertParallel = ExpertParallelMode.Folded,
            AttentionOutput = AttentionOutput.ReduceScatter };
        Dag dag = Generate(TestPlans.Of(Moe, strategy), DetailLevel.Device);
        Assert.Equal(
            new Dictionary<string, int> { [Ops.QkvAllGather] = 1, [Ops.AttentionReduceScatter] = 1, [Ops.Dispatch] = 1, [Ops.Combine] = 1 },
            Collectives(dag));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.Gate),
            node => Assert.Equal("[batch_size=4, seq_len=32, hidden=64]", node.Input.ToString()));
        Assert.Equal(["0-1", "2-3", "4-5", "6-7"],
            dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1).Select(node => node.Experts!));
    }

    [Fact]
    public void Folded_experts_that_are_split_gather_tokens_and_scatter_sums()
    {
        var strategy = new PhaseStrategy { Dp = 4, Ep = 2, Etp = 2, ExpertParallel = ExpertParallelMode.Folded };
        Dag dag = Generate(TestPlans.Of(Moe, strategy), DetailLevel.Device);
        Assert.Equal(
            new Dictionary<string, int> { [Ops.Dispatch] = 1, [Ops.ExpertAllGather] = 1, [Ops.ExpertReduceScatter] = 1, [Ops.Combine] = 1 },
            Collectives(dag));

        // Every expert copy computes all slots of its layer on half of its width: 8*64 tokens, top 2, 3 matrices of 64*16.
        Assert.Equal(512m * 2 * 3 * 2 * 64 * 32,
            dag.Nodes.Where(node => node.Op == Ops.Experts && node.Layer == 1).Sum(node => node.Flops));
    }

    [Fact]
    public void Folded_experts_split_as_attention_is_owe_their_sum_over_tp()
    {
        var strategy = new PhaseStrategy { Tp = 2, Dp = 2, Ep = 2, Etp = 2, ExpertParallel = ExpertParallelMode.Folded };
        Assert.Equal(
            new Dictionary<string, int> { [Ops.AttentionAllReduce] = 1, [Ops.Dispatch] = 1, [Ops.Combine] = 1, [Ops.FfnAllReduce] = 1 },
            Collectives(Generate(TestPlans.Of(Moe, strategy), DetailLevel.Device)));
    }

    [Fact]
    public void Without_expert_parallelism_the_selection_goes_straight_to_the_experts()
    {
        Dag dag = Generate(TestPlans.Of(Moe, new PhaseStrategy()));
        DagNode selection = dag.Nodes.First(node => node.Op == Ops.TopK);
        Assert.Equal([(Ops.Experts, EdgeKind.Data), (Ops.Experts, EdgeKind.Gate)],
            selection.GetOutEdges().Select(edge => (edge.GetTarget().Op!, edge.Kind)).Order());
    }

    [Fact]
    public void Shared_experts_meet_the_routed_ones_at_the_aggregation()
    {
        ModelOutline model = Moe with { Moe = Moe.Moe! with { SharedExperts = 2, SharedFfn = 64 } };
        Dag dag = Generate(TestPlans.Of(model, new PhaseStrategy { Ep = 2, Tp = 2 }));
        DagNode aggregation = dag.Nodes.First(node => node.Op == Ops.ExpertAggregation);
        Assert.Equal([Ops.Combine, Ops.SharedExperts, Ops.SharedExperts], aggregation.GetPredecessors().Select(node => node.Op!).Order());

        // Two operations for each of top-2 and the shared row: 4 GPUs, 4*64 tokens each, width 64.
        Assert.Equal(4m * 2 * 3 * 256 * 64, aggregation.Flops);
    }

    [Fact]
    public void A_decode_with_reduceScatter_splits_the_batch_over_tp()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, null,
            new PhaseStrategy { Tp = 4, AttentionOutput = AttentionOutput.ReduceScatter }));
        Assert.All(dag.Nodes.Where(node => node.Op == Ops.AttentionNorm),
            node => Assert.Equal("[batch_size=2, seq_len=1, hidden=64]", node.Input.ToString()));
        Assert.Equal(8L * 64 * 2, Assert.Single(dag.Nodes, node => node.Op == Ops.Gather).Bytes);
    }

    [Fact]
    public void Decode_attends_to_the_whole_cache()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, null, new PhaseStrategy()));
        DagNode attention = dag.Nodes.First(node => node.Op == Ops.Attention);
        Assert.Contains("K [batch_size=8, seq_len=72, kv_heads=4, d_k=8]", attention.Input.ToString(), StringComparison.Ordinal);
        Assert.Equal(4m * 8 * 72 * 8 * 8, attention.Flops);
    }

    [Fact]
    public void Causal_prefill_counts_half_the_square_exactly()
    {
        foreach (int sp in new[] { 1, 3, 5 })
        {
            Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Sp = sp }));
            Assert.Equal(4m * (8 * 64 * 65 / 2) * 8 * 8,
                dag.Nodes.Where(node => node.Op == Ops.Attention && node.Layer == 1).Sum(node => node.Flops));
        }
    }

    [Fact]
    public void Uneven_shards_are_nodes_of_their_own_that_differ_by_one()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Dp = 3 }));
        Assert.Equal(
            [("0-1", 3L), ("2", 2L)],
            dag.Nodes.Where(node => node.Op == Ops.AttentionNorm && node.Layer == 1)
                .Select(node => (node.Gpus!.ToString(), node.GetInputTensors().Tensors[0].Shape["batch_size"]!.Value)));
    }

    [Fact]
    public void Micro_batches_repeat_every_operator_between_one_input_and_one_output()
    {
        Dag one = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Pp = 2 })),
        four = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Pp = 2 }, microBatches: 4));
        Assert.Equal(2 + (4 * (one.NodeCount - 2)), four.NodeCount);
        Assert.Equal(one.Nodes.Sum(node => node.Flops), four.Nodes.Sum(node => node.Flops));
        Assert.Equal(4, four.Nodes.Count(node => node.Op == Ops.PipelineSendRecv));
    }

    [Fact]
    public void Where_nothing_moves_kv_edges_join_the_phases_directly()
    {
        Dag dag = Generate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2, Dp = 2 }, new PhaseStrategy { Tp = 2, Dp = 2 }));
        Assert.DoesNotContain(dag.Nodes, node => node.Op == Ops.KvTransfer);
        DagEdge[] edges = [.. dag.Edges.Where(edge => edge.Kind == EdgeKind.Kv)];
        Assert.Equal(4 * 2, edges.Length);
        Assert.All(edges, edge =>
            Assert.Equal((Ops.QkvProjection, Ops.Attention, edge.GetSource().Gpus),
                (edge.GetSource().Op, edge.GetTarget().Op, edge.GetTarget().Gpus)));
    }

    [Fact]
    public void A_disaggregated_pool_moves_the_whole_prompt()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 4, Pp = 2 }, new PhaseStrategy { Tp = 2, Dp = 3 },
            pool: PoolKind.Disaggregated);
        Dag dag = Generate(spec);
        Assert.Equal("8-13", dag.Phases[1].Gpus.ToString());
        Assert.Equal(8L * 64 * 4 * 2 * 4 * 8 * 2, dag.Nodes.Where(node => node.Op == Ops.KvTransfer).Sum(node => node.WireBytes));
    }

    [Fact]
    public void Random_plans_use_every_key_of_a_phase()
    {
        var used = new Dictionary<string, int>();
        PhaseStrategy usual = new();
        for (int seed = 0; seed < 400; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            if (plan.Phases.Any(layout => layout.Id.Set > 1))
                used["instances"] = used.GetValueOrDefault("instances") + 1;
            foreach (PhaseStrategy strategy in plan.Phases.Select(layout => layout.Strategy))
            {
                foreach (PhaseKey key in PhaseKeys.All.Where(key => Text(key, strategy) is string own && own != Text(key, usual)))
                    used[key.Name] = used.GetValueOrDefault(key.Name) + 1;
            }
        }

        Assert.All(PhaseKeys.All.Select(key => key.Name).Append("instances"),
            key => Assert.True(used.GetValueOrDefault(key) >= 5, $"{key}: {used.GetValueOrDefault(key)} of random plans use it"));

        static string? Text(PhaseKey key, PhaseStrategy strategy) => key.Write(strategy, false) switch
        {
            DocumentScalar scalar => scalar.Text,
            DocumentList list => string.Join(',', list.Items.Cast<DocumentScalar>().Select(item => item.Text)),
            _ => null,
        };
    }

    [Fact]
    public void Random_plans_meet_every_operator_of_the_vocabulary()
    {
        var met = new HashSet<string>();
        for (int seed = 0; seed < 2000 && met.Count < Ops.All.Count; seed++)
            met.UnionWith(DagGenerator.Generate(TestPlans.Random(seed), DetailLevel.Overview).Nodes.Select(node => node.Op!)
                .Concat(DagGenerator.Generate(TestPlans.Random(seed)).Nodes.Select(node => node.Op!)));
        Assert.Equal(Ops.All.Order(), met.Order());
    }
}
