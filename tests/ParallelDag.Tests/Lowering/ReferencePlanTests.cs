using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>The reference document, point by point, on its plan.</summary>
public class ReferencePlanTests
{
    private readonly DeploymentPlan _plan = DeploymentPlan.Create(TestPlans.Reference);
    private readonly Dag _dag;

    public ReferencePlanTests() => _dag = DagGenerator.Generate(_plan);

    private IEnumerable<DagNode> Prefill(string op, int layer) =>
        _dag.Nodes.Where(node => node.Op == op && node.Layer == layer && node.Phase == PhaseKind.Prefill);

    [Fact]
    public void Prefill_runs_on_64_GPUs_and_decode_on_32_of_them()
    {
        Assert.Equal("0-63", _dag.Phases[0].Gpus.ToString());
        Assert.Equal(32, _dag.Phases[1].Gpus.Count);
        Assert.Equal("0-1,4-5,8-9,12-13", _dag.Phases[1].Stages[0].Gpus.ToString());
    }

    [Fact]
    public void Stages_have_four_layers_on_sixteen_GPUs()
    {
        Assert.Equal(["0-15", "16-31", "32-47", "48-63"], _dag.Phases[0].Stages.Select(stage => stage.Gpus.ToString()));
        Assert.Equal([(1, 4), (5, 8), (9, 12), (13, 16)], _dag.Phases[0].Stages.Select(stage => (stage.FirstLayer, stage.LastLayer)));
    }

    [Fact]
    public void Expert_groups_of_four_live_on_four_GPUs_of_each_stage()
    {
        for (int layer = 1; layer <= 16; layer++)
        {
            int first = (layer - 1) / 4 * 16;
            Assert.Equal(
                [("0-3", $"{first}-{first + 3}"), ("4-7", $"{first + 4}-{first + 7}"), ("8-11", $"{first + 8}-{first + 11}"),
                    ("12-15", $"{first + 12}-{first + 15}")],
                Prefill(Ops.Experts, layer).Select(node => (node.Experts!, node.Gpus!.ToString())));
        }
    }

    [Fact]
    public void Attention_reads_the_local_shape_of_Q()
    {
        Assert.All(Prefill(Ops.Attention, 1),
            node => Assert.StartsWith("Q [batch_size=1, seq_len=5120, heads=4, d_k=64]", node.Input.ToString(), StringComparison.Ordinal));
        Assert.Equal(["0,4,8,12", "1,5,9,13", "2,6,10,14", "3,7,11,15"], Prefill(Ops.Attention, 1).Select(node => node.Gpus!.ToString()));
    }

    [Fact]
    public void Every_selection_reaches_every_expert_group_of_its_layer_by_gate_edges()
    {
        foreach (DagNode selection in _dag.Nodes.Where(node => node.Op == Ops.TopK))
        {
            var reached = selection.GetOutEdges().Where(edge => edge.Kind == EdgeKind.Gate).Select(edge => edge.GetTarget()).ToList();
            Assert.Equal(["0-3", "4-7", "8-11", "12-15"], reached.Select(node => node.Experts));
            Assert.All(reached, node => Assert.Equal((selection.Phase, selection.Layer), (node.Phase, node.Layer)));
            Assert.Equal(Ops.Dispatch, Assert.Single(selection.GetOutEdges(), edge => edge.Kind == EdgeKind.Data).GetTarget().Op);
        }
    }

    [Fact]
    public void Each_phase_sends_once_between_consecutive_stages_with_labels()
    {
        foreach (PhaseKind phase in Enum.GetValues<PhaseKind>())
        {
            DagNode[] sends = [.. _dag.Nodes.Where(node => node.Op == Ops.PipelineSendRecv && node.Phase == phase)];
            Assert.Equal([1, 2, 3], sends.Select(node => node.Stage));
            foreach (DagNode send in sends)
            {
                Assert.All(_dag.Edges.Where(edge => edge.GetTarget() == send), edge =>
                {
                    Assert.Equal(EdgeKind.Pipeline, edge.Kind);
                    Assert.StartsWith($"PP stage {send.Stage} to {send.Stage + 1}", edge.Label, StringComparison.Ordinal);
                });
                Assert.All(send.GetSuccessors(), node => Assert.Equal(send.Stage + 1, node.Stage));
            }
        }
    }

    [Fact]
    public void Half_of_each_decode_GPUs_cache_is_resident_and_the_other_half_moves()
    {
        DagNode[] transfers = [.. _dag.Nodes.Where(node => node.Op == Ops.KvTransfer)];
        Assert.Equal(Enumerable.Range(1, 16).Select(layer => (int?)layer), transfers.Select(node => node.Layer));
        Assert.All(transfers, node =>
        {
            // 8 receivers, each missing 5120 positions of 4 heads of 64 in K and V at 2 bytes.
            Assert.Equal(8L * 5120 * 4 * 64 * 2 * 2, node.Bytes);
            Assert.Equal(node.Bytes, node.WireBytes);
            Assert.Equal(8, node.Members);
        });
    }

    [Fact]
    public void Collectives_of_a_layer_are_those_of_its_placements()
    {
        string[] prefill = [.. Enumerable.Range(0, 2).Select(_ => Ops.KvAllGather), .. Enumerable.Repeat(Ops.AttentionAllGather, 2),
            Ops.Dispatch, Ops.Combine, .. Enumerable.Repeat(Ops.FfnAllReduce, 2)];
        Assert.Equal(prefill,
            _dag.Nodes.Where(node => node.Phase == PhaseKind.Prefill && node.Layer == 3 && node.Kind == NodeKind.Communication
                && node.Op != Ops.KvTransfer).Select(node => node.Op!));
        Assert.Equal(
            [Ops.AttentionAllGather, Ops.Dispatch, Ops.Combine, Ops.FfnAllReduce],
            _dag.Nodes.Where(node => node.Phase == PhaseKind.Decode && node.Layer == 3 && node.Kind == NodeKind.Communication)
                .Select(node => node.Op!));
    }

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Dispatch_carries_local_tokens_times_top_k(DetailLevel detail)
    {
        Dag dag = DagGenerator.Generate(_plan, detail, PhaseKind.Prefill);
        foreach (DagNode node in dag.Nodes.Where(node => node.Op is Ops.Dispatch or Ops.Combine))
        {
            Assert.Equal(5120L * 2 * 512 * 2, node.Bytes);
            Assert.Equal(4, node.GroupSize);
            Assert.Equal(node.Groups * 3 * node.Bytes, node.WireBytes);
        }
    }

    [Fact]
    public void Sampled_ids_are_whole_on_every_rank_of_tp()
    {
        Assert.All(_dag.Nodes.Where(node => node.Op == Ops.Sampling),
            node => Assert.DoesNotContain("vocab", node.OutputPlacement, StringComparison.Ordinal));
        Assert.All(_dag.Nodes.Where(node => node.Op == Ops.Sampling),
            node => Assert.StartsWith("tp=R", node.OutputPlacement, StringComparison.Ordinal));
    }
}
