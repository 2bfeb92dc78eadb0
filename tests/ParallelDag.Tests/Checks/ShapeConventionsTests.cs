using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

public class ShapeConventionsTests
{
    [Fact]
    public void PD011_counts_the_shapes()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Pass, "PD011", SmallDag.Build());
        Assert.Equal("3 communication ellipses, 6 computation boxes, 0 routing or aggregation parallelograms", result.Evidence);
    }

    [Fact]
    public void PD011_names_a_node_whose_kind_is_not_its_operators()
    {
        CheckResult result =
            RuleAssert.Fails("PD011",
                new DagMutator(SmallDag.Build()).Facts("reduce1", facts => facts with { Kind = NodeKind.Routing }).Build());
        Assert.Equal("1 node of kind routing whose operator is communication: reduce1 (reduce1)", result.Evidence);
    }

    [Theory]
    [InlineData("box", KindSource.Stated, CheckStatus.Pass)]
    [InlineData("rect", KindSource.Label, CheckStatus.Pass)]
    [InlineData("ellipse", KindSource.Stated, CheckStatus.Fail)]
    [InlineData("parallelogram", KindSource.Label, CheckStatus.Fail)]
    [InlineData(null, KindSource.Label, CheckStatus.Fail)]
    [InlineData("star", KindSource.Label, CheckStatus.Fail)]
    [InlineData("ellipse", KindSource.Shape, CheckStatus.Pass)]
    public void PD011_holds_a_drawing_against_what_it_says(string? shape, KindSource source, CheckStatus expected)
    {
        Dag dag = new DagMutator(SmallDag.Build())
            .Facts("norm1", facts => facts with { Drawing = new NodeDrawing { Label = "Norm", Shape = shape, KindSource = source } })
            .Build();
        CheckResult result = RuleAssert.Comes(expected, "PD011", dag);
        Assert.Equal(expected == CheckStatus.Fail ? ["norm1"] : [], result.Nodes);
    }

    [Fact]
    public void PD011_is_not_checked_where_only_shapes_are_known()
    {
        var mutator = new DagMutator(SmallDag.Build());
        foreach (string id in mutator.Nodes.Select(node => node.Id).ToArray())
            mutator.Facts(id, facts =>
                facts with { Op = null, Drawing = new NodeDrawing { Shape = "box", KindSource = KindSource.Shape } });
        RuleAssert.Comes(CheckStatus.Skipped, "PD011", mutator.Build());
    }
}
