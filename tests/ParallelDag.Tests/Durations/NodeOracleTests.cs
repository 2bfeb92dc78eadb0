using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Durations;

/// <summary>Times of single operators as an independent prototype found them, in microseconds.</summary>
public class NodeOracleTests
{
    private static readonly Dag Reference = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference));
    private static readonly Dag Llama = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Llama70B));

    [Theory]
    [InlineData(PhaseKind.Prefill, Ops.AttentionNorm, 6.913)]
    [InlineData(PhaseKind.Prefill, Ops.QkvProjection, 9.089)]
    [InlineData(PhaseKind.Prefill, Ops.Attention, 52.090)]
    [InlineData(PhaseKind.Prefill, Ops.OutputProjection, 7.867)]
    [InlineData(PhaseKind.Prefill, Ops.Gate, 5.905)]
    [InlineData(PhaseKind.Prefill, Ops.ExpertAggregation, 8.869)]
    [InlineData(PhaseKind.Prefill, Ops.Experts, 98.398)]
    [InlineData(PhaseKind.Prefill, Ops.FfnAllReduce, 24.097)]
    [InlineData(PhaseKind.Prefill, Ops.KvAllGather, 41.634)]
    [InlineData(PhaseKind.Prefill, Ops.AttentionAllGather, 28.455)]
    [InlineData(PhaseKind.Prefill, Ops.Dispatch, 133.976)]
    [InlineData(PhaseKind.Decode, Ops.Attention, 13.522)]
    [InlineData(PhaseKind.Decode, Ops.Experts, 32.211)]
    [InlineData(PhaseKind.Decode, Ops.Dispatch, 20.022)]
    public void Operators_of_the_reference_plan(PhaseKind phase, string op, double micros) => Check(Reference, phase, op, 2, micros);

    [Fact]
    public void The_pipeline_send_of_the_reference_plan() => Check(Reference, PhaseKind.Prefill, Ops.PipelineSendRecv, null, 123.976);

    [Theory]
    [InlineData(PhaseKind.Decode, Ops.FfnUp, 1, 45.376)]
    [InlineData(PhaseKind.Decode, Ops.FfnDown, 1, 24.754)]
    [InlineData(PhaseKind.Decode, Ops.Attention, 1, 22.542)]
    [InlineData(PhaseKind.Decode, Ops.AttentionAllReduce, 1, 10.588)]
    [InlineData(PhaseKind.Decode, Ops.LmHead, null, 96.517)]
    [InlineData(PhaseKind.Decode, Ops.LogitsAllGather, null, 36.236)]
    [InlineData(PhaseKind.Prefill, Ops.FfnUp, 1, 9731.732)]
    [InlineData(PhaseKind.Prefill, Ops.Attention, 1, 922.412)]
    [InlineData(PhaseKind.Prefill, Ops.AttentionAllReduce, 1, 4152.776)]
    public void Operators_of_Llama_70B(PhaseKind phase, string op, int? layer, double micros) => Check(Llama, phase, op, layer, micros);

    private static void Check(Dag dag, PhaseKind phase, string op, int? layer, double micros)
    {
        DagNode[] nodes = [.. dag.Nodes.Where(node => node.Phase == phase && node.Op == op && node.Layer == layer)];
        Assert.NotEmpty(nodes);
        Assert.All(nodes, node => Assert.Equal(micros, node.Seconds!.Value * 1e6, 5e-4));
    }
}
