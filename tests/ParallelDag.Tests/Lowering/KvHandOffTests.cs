using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>Four layers handed over from GPUs 0 and 1 to GPUs 2 and 3.</summary>
public class KvHandOffTests
{
    private static DagNode[] Transfers(DetailLevel detail, int gpusPerNode = 8)
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Tp = 2 },
            pool: PoolKind.Disaggregated);
        DeploymentPlan plan = DeploymentPlan.Create(
            spec with { Cluster = spec.Cluster with { GpusPerNode = gpusPerNode, Domain = gpusPerNode } });
        return [.. DagGenerator.Generate(plan, detail).Nodes.Where(node => node.Op == Ops.KvTransfer)];
    }

    [Fact]
    public void A_layer_is_one_transfer_from_all_holders_to_all_receivers()
    {
        DagNode[] transfers = Transfers(DetailLevel.Operator);
        Assert.Equal(["prefill_l1_kv_transfer", "prefill_l2_kv_transfer", "prefill_l3_kv_transfer", "prefill_l4_kv_transfer"],
            transfers.Select(node => node.Id));
        Assert.All(transfers, node => Assert.Equal("0-3", node.Gpus!.ToString()));
    }

    [Fact]
    public void At_Device_level_a_layer_is_a_transfer_to_every_receiver()
    {
        DagNode[] transfers = Transfers(DetailLevel.Device);
        Assert.Equal(8, transfers.Length);
        Assert.Equal(["prefill_l1_kv_transfer_g2", "prefill_l1_kv_transfer_g3"],
            transfers.Where(node => node.Layer == 1).Select(node => node.Id));
        Assert.Equal(["0,2", "1,3"], transfers.Where(node => node.Layer == 1).Select(node => node.Gpus!.ToString()));
    }

    /// <summary>Four layers of 4 KV heads: 8 sequences of 64 positions, keys and values of 8 values of 2 bytes.</summary>
    [Fact]
    public void Each_level_moves_the_whole_cache_of_the_prompts()
    {
        const long Cache = 4L * 8 * 64 * 4 * (8 + 8) * 2;
        Assert.Equal(Cache, Transfers(DetailLevel.Operator).Sum(node => node.WireBytes));
        Assert.Equal(Cache, Transfers(DetailLevel.Device).Sum(node => node.WireBytes));
    }

    /// <summary>
    /// On nodes of two, each receiver (2, 3) and its holder (0, 1) are a pair over two nodes; the union of both would be a group of four.
    /// </summary>
    [Fact]
    public void A_transfer_of_several_pairs_spans_what_one_pair_does()
    {
        Assert.All(Transfers(DetailLevel.Operator, gpusPerNode: 2), node =>
            Assert.Equal(new GroupSpan(Members: 2, Domains: 2, MembersPerDomain: 1, Nodes: 2, MembersPerNode: 1),
                node.GetDag().SpanOf(node.Index)));
    }

    /// <summary>Where decode has instances unlike one another, each set's transfer is named for it; a lone set needs no name.</summary>
    [Fact]
    public void A_transfer_names_the_set_that_receives()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense with { Layers = 1 }, new PhaseStrategy { Tp = 2 },
            new PhaseStrategy { Instances = [new() { Tp = 2, Batch = 4 }, new() { Batch = 4 }] }, pool: PoolKind.Disaggregated);
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Operator);
        Assert.Equal(["prefill_l1_kv_transfer_decode1", "prefill_l1_kv_transfer_decode2"],
            dag.Nodes.Where(node => node.Op == Ops.KvTransfer).Select(node => node.Id));
    }
}
