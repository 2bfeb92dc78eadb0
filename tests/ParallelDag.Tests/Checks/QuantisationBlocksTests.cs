using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Precisions;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Checks;

/// <summary>PD018 on graphs of a plan whose weights are quantised in blocks, and on graphs that somebody changed.</summary>
public class QuantisationBlocksTests
{
    private static readonly DeploymentPlan Plan = DeploymentPlan.Create(TestPlans.Of(
        TestPlans.Dense with { Hidden = 512, HeadDim = 64, Ffn = 1024, Precision = Precision.Of(NumberFormat.Fp8Blocks(128, 128)) },
        new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Tp = 2 }));

    [Theory]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Shards_of_a_plan_are_whole_blocks(DetailLevel detail)
    {
        Dag dag = DagGenerator.Generate(Plan, detail);
        Assert.Contains(dag.Nodes, node => node.WeightBlocks == "mlp.down_proj=512/1024:128");
        RuleAssert.Comes(CheckStatus.Pass, "PD018", dag);
        Assert.Contains(CheckRunner.Run(dag).Results, result => result.Id == "PD018");
    }

    [Fact]
    public void A_plan_without_blocks_is_not_held_to_them() =>
        Assert.Null(CheckRunner.Run(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference))).Find("PD018"));

    [Theory]
    [InlineData("mlp.down_proj=576/1152:128", "mlp.down_proj: 576 of 1152 in blocks of 128; split it over 1 GPUs")]
    [InlineData("mlp.down_proj=192/768:128", "mlp.down_proj: 192 of 768 in blocks of 128; split it over 3 GPUs")]
    [InlineData("mlp.down_proj=1024/1024:128", "mlp.down_proj: 1024 of 1024")]
    [InlineData("mlp.down_proj=256/1024:128", "mlp.down_proj: 256, the shape has 512")]
    [InlineData("something else", "something else")]
    public void A_shard_that_blocks_do_not_divide_fails(string blocks, string detail)
    {
        var parts = new DagMutator(DagGenerator.Generate(Plan));
        int node = parts.Nodes.FindIndex(row => row.Facts.Op == "ffn_down");
        parts.Nodes[node] = parts.Nodes[node] with { Facts = parts.Nodes[node].Facts with { WeightBlocks = blocks } };
        Assert.Contains($"({detail})", RuleAssert.Fails("PD018", parts.Build()).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_tell_the_blocks()
    {
        Dag dag = DagGenerator.Generate(Plan);
        Dag json = JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(dag)), "a.json");
        foreach (Dag read in new[] { json, DotReader.Read(DotWriter.ToText(dag), "a.dot") })
            Assert.All(dag.Nodes, node => Assert.Equal(node.WeightBlocks, read.FindNode(node.Id)!.Value.WeightBlocks));
    }
}
