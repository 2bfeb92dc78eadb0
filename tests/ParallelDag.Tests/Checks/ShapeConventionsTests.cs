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

    private static Dag Drawn(params ReadOnlySpan<(string Name, NodeKind Kind, string? Shape, KindSource Source)> nodes)
    {
        var graph = new RowGraph();
        foreach ((string name, NodeKind kind, string? shape, KindSource source) in nodes)
        {
            graph.Node(name, null, change: facts => facts with
            {
                Kind = kind, Drawing = new NodeDrawing { Label = name, Shape = shape, KindSource = source },
            });
        }

        return graph.Build();
    }

    [Fact]
    public void PD011_counts_nodes_of_which_only_the_shape_is_known_apart()
    {
        Dag dag = Drawn(("Norm", NodeKind.Computation, "box", KindSource.Label),
            ("Top-2", NodeKind.Routing, "parallelogram", KindSource.Label),
            ("x", NodeKind.Computation, "star", KindSource.Shape), ("y", NodeKind.Computation, null, KindSource.Unknown));
        Assert.Equal("0 communication ellipses, 1 computation box, 1 routing or aggregation parallelogram; 2 nodes of which only the shape "
            + "is known", RuleAssert.Comes(CheckStatus.Pass, "PD011", dag).Evidence);
    }

    /// <summary>Without a drawing an operator tells; a kind alone does not.</summary>
    [Fact]
    public void PD011_takes_an_operator_for_what_a_node_does()
    {
        Dag dag = new RowGraph().Node("a", Ops.FfnNorm).Node("b", null).Build();
        Assert.Equal("0 communication ellipses, 1 computation box, 0 routing or aggregation parallelograms; 1 node of which only the shape "
            + "is known", RuleAssert.Comes(CheckStatus.Pass, "PD011", dag).Evidence);
    }

    /// <summary>What a file states by kind alone is held to that kind; what a label tells, to what suits its words.</summary>
    [Theory]
    [InlineData("Norm", NodeKind.Computation, "box", KindSource.Stated, null)]
    [InlineData("Norm", NodeKind.Communication, "box", KindSource.Stated, "drawn as box though communication is an ellipse")]
    [InlineData("Norm", NodeKind.Routing, "box", KindSource.Stated, "drawn as box though routing is a parallelogram")]
    [InlineData("Norm", NodeKind.Aggregation, "ellipse", KindSource.Stated, "drawn as ellipse though aggregation is a parallelogram")]
    [InlineData("Norm", NodeKind.Aggregation, "parallelogram", KindSource.Stated, null)]
    [InlineData("Norm", NodeKind.Communication, "", KindSource.Stated, null)]
    [InlineData("Norm", NodeKind.Communication, null, KindSource.Stated, null)]
    [InlineData("Norm", NodeKind.Computation, null, KindSource.Stated, "drawn as ellipse (no shape given) though computation is a box")]
    [InlineData("Norm", NodeKind.Input, "star", KindSource.Stated, null)]
    [InlineData("Norm", NodeKind.Output, "star", KindSource.Stated, null)]
    [InlineData("Dispatch", NodeKind.Communication, "parallelogram", KindSource.Label, null)]
    [InlineData("Dispatch", NodeKind.Communication, "parallelogram", KindSource.Stated,
        "drawn as parallelogram though communication is an ellipse")]
    [InlineData("Something", NodeKind.Computation, "box", KindSource.Label, null)]
    [InlineData("Something", NodeKind.Computation, "ellipse", KindSource.Label, "drawn as ellipse though computation is a box")]
    public void PD011_holds_a_shape_against_a_kind(string name, NodeKind kind, string? shape, KindSource source, string? fault)
    {
        Dag dag = Drawn((name, kind, shape, source));
        CheckResult result = RuleAssert.Comes(fault is null ? CheckStatus.Pass : CheckStatus.Fail, "PD011", dag);
        if (fault is not null)
            Assert.Equal($"1 node {fault}: {name} ({name})", result.Evidence);
    }

    /// <summary>An operator that a label tells is not held against the kind; one that the file states is.</summary>
    [Theory]
    [InlineData(KindSource.Stated, false)]
    [InlineData(KindSource.Label, true)]
    public void PD011_holds_a_stated_operator_against_the_kind(KindSource source, bool good)
    {
        Dag dag = new RowGraph().Node("Norm", Ops.FfnNorm, change: facts => facts with
        {
            Kind = NodeKind.Routing, Drawing = new NodeDrawing { Label = "Gate", Shape = "box", KindSource = source }, Name = "Gate",
        }).Build();
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD011", dag);
    }

    /// <summary>An entry of the table of facts that no node has is no fault.</summary>
    [Fact]
    public void PD011_looks_at_nodes_alone()
    {
        var builder = new DagBuilder();
        builder.AddFacts(new NodeFacts { Op = Ops.FfnNorm, Name = "unused", Kind = NodeKind.Routing });
        builder.AddNode("a", new NodeFacts { Op = Ops.FfnNorm, Name = "a", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        Assert.Equal("0 communication ellipses, 1 computation box, 0 routing or aggregation parallelograms",
            RuleAssert.Comes(CheckStatus.Pass, "PD011", builder.Build(new DagHeader { Name = "unused" })).Evidence);
    }
}
