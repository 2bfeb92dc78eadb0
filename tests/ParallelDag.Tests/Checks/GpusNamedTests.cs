using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD003 on single nodes: GPUs, pool and label.</summary>
public class GpusNamedTests
{
    private static CheckResult Run(string? label, string? gpus, NodeKind kind = NodeKind.Computation, string? pool = null) =>
        RuleText.Of(new RowGraph().Node("a", null, "", gpus, change: facts => facts with
        {
            Kind = kind,
            Drawing = label is null ? null : new NodeDrawing { Label = label.Length == 0 ? null : label, KindSource = KindSource.Label },
        }).Build(DetailLevel.Operator, header => header with { Pool = pool is null ? null : GpuSet.Parse(pool) }), "PD003");

    [Theory]
    [InlineData("0-3", null, "1 node name their GPUs, 4 in all (0-3); the graph does not tell its pool")]
    [InlineData("0-3", "0-3", "1 node name their GPUs, 4 in all (0-3), inside the pool 0-3")]
    [InlineData("0-3", "0-2", "1 node on GPUs outside the pool 0-2: a (3)")]
    public void GPUs_lie_inside_the_pool(string gpus, string? pool, string evidence) =>
        Assert.Equal(evidence, Run(null, gpus, pool: pool).Evidence);

    [Fact]
    public void GPUs_of_all_nodes_are_counted_once()
    {
        var graph = new RowGraph();
        for (int node = 0; node < 6; node++)
            graph.Node($"n{node}", null, "", $"{node / 2 * 2}-{(node / 2 * 2) + 1}");
        Assert.Equal("6 nodes name their GPUs, 6 in all (0-5); the graph does not tell its pool",
            RuleAssert.Comes(CheckStatus.Pass, "PD003", graph.Build()).Evidence);
    }

    [Fact]
    public void An_empty_set_is_as_none()
    {
        var mutator = new DagMutator(new RowGraph().Node("a", null, "", "0").Build());
        mutator.Nodes[0] = mutator.Nodes[0] with { Gpus = GpuSet.Empty };
        Assert.Equal("1 node without GPUs: a", RuleAssert.Comes(CheckStatus.Fail, "PD003", mutator.Build()).Evidence);
        RuleAssert.Comes(CheckStatus.Skipped, "PD003", new RowGraph().Build());
    }

    [Theory]
    [InlineData(null, null, NodeKind.Computation, "1 node without GPUs: a")]
    [InlineData("", null, NodeKind.Computation, "1 node without GPUs: a")]
    [InlineData("", "0", NodeKind.Computation, null)]
    [InlineData("Norm", null, NodeKind.Computation, "1 node without GPUs: a")]
    [InlineData("Norm", "0", NodeKind.Computation, null)]
    [InlineData("Norm\nall GPUs", "0", NodeKind.Computation, "1 node with vague wording in place of GPU numbers: a (all GPUs)")]
    [InlineData("Norm\nall GPUs", null, NodeKind.Computation, "1 node with vague wording in place of GPU numbers: a (all GPUs)")]
    [InlineData("Norm\nall GPUs 0-7", "0-7", NodeKind.Computation, null)]
    [InlineData("Norm\nGPU: 0, 4, ..., 61", null, NodeKind.Computation,
        "1 node whose GPUs cannot be read to the end: a (GPU: 0, 4, ..., 61)")]
    [InlineData("Norm\nGPU: 0, 4, ..., 61", "0", NodeKind.Computation, null)]
    [InlineData("Input\nGPU: Host", null, NodeKind.Input, null)]
    [InlineData("Output\nDevice: CPU", null, NodeKind.Output, null)]
    [InlineData("Norm\nGPU: Host", null, NodeKind.Computation, "1 node without GPUs: a (GPU: Host)")]
    [InlineData("Input\nGPU: somewhere", null, NodeKind.Input, "1 node without GPUs: a (GPU: somewhere)")]
    [InlineData("Input", null, NodeKind.Input, "1 node without GPUs: a")]
    [InlineData("Host", null, NodeKind.Output, "1 node without GPUs: a")]
    public void A_node_says_its_GPUs_in_numbers(string? label, string? gpus, NodeKind kind, string? fault)
    {
        CheckResult result = Run(label, gpus, kind);
        if (fault is null)
            Assert.True(result.Status == CheckStatus.Pass, result.Evidence);
        else
            Assert.Equal(fault, result.Evidence);
    }
}
