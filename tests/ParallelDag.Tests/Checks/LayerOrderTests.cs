using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD024 on one edge at a time: layers 1-2 are stage 1 and layers 3-4 stage 2, of prefill and of decode.</summary>
public class LayerOrderTests
{
    private static RowGraph Graph(bool stated)
    {
        var graph = new RowGraph();
        if (stated)
        {
            graph.Phase("prefill", "", (1, 2, "0"), (3, 4, "1")).Phase("decode", "", (1, 2, "0"), (3, 4, "1"));
            graph.Node("states", Ops.FfnNorm, "prefill s1 l1", "0");
        }

        return graph;
    }

    private static CheckResult Run(bool stated, string from, string to, EdgeKind kind = EdgeKind.Data, string? fromOp = null,
        string? toOp = null, DetailLevel detail = DetailLevel.Operator)
    {
        RowGraph graph = Graph(stated).Node("a", fromOp, from, "0").Node("b", toOp, to, "0").Edge("a", "b", kind);
        return RuleText.Of(graph.Build(detail), "PD024");
    }

    [Theory]
    [InlineData("prefill s1 l1", "prefill s1 l1", "1 edge within a layer, 0 edges onward to the next")]
    [InlineData("prefill s1 l1", "prefill s1 l1 m1", null)]
    [InlineData("prefill s1 l1", "prefill s1 l2", "0 edges within a layer, 1 edge onward to the next")]
    [InlineData("prefill s1 l2", "prefill s2 l3", "0 edges within a layer, 1 edge onward to the next")]
    [InlineData("prefill s1 r1-2", "prefill s1 r1-2", "1 edge within a layer, 0 edges onward to the next")]
    [InlineData("prefill s1 r1-2", "prefill s2 r3-4", "0 edges within a layer, 0 edges onward to the next")]
    [InlineData("prefill s1", "prefill s1", "0 edges within a layer, 0 edges onward to the next")]
    public void Edges_within_and_onward_are_counted(string from, string to, string? evidence)
    {
        CheckResult result = Run(true, from, to);
        Assert.Equal(evidence is null ? CheckStatus.Fail : CheckStatus.Pass, result.Status);
        if (evidence is not null)
            Assert.Equal(evidence, result.Evidence);
    }

    /// <summary>A drawing may leave layers out; a plan's graph may not.</summary>
    [Theory]
    [InlineData(true, "prefill s1 l1", "prefill s2 l3", "1 edge that jumps over layers: a -> b (layer 1 to 3)")]
    [InlineData(false, "prefill s1 l1", "prefill s2 l3", null)]
    [InlineData(true, "prefill s1 l2", "prefill s1 l1", "1 edge back to an earlier layer: a -> b (layer 2 to 1)")]
    [InlineData(false, "l2", "l1", "1 edge back to an earlier layer: a -> b (layer 2 to 1)")]
    [InlineData(false, "l1 m1", "l1 m2", "1 edge from one micro-batch into another: a -> b (1 to 2)")]
    [InlineData(false, "l1 m2", "l1 m1", "1 edge from one micro-batch into another: a -> b (2 to 1)")]
    [InlineData(false, "l1", "l1 m1", null)]
    [InlineData(false, "l1 m1", "l1", null)]
    [InlineData(false, "decode l1", "prefill l1", "1 edge from decode back to prefill: a -> b (a prompt is read before it is answered)")]
    [InlineData(false, "prefill l1", "decode l1", "1 edge from prefill into decode that are no KV cache: a -> b (an edge of kind data)")]
    [InlineData(false, "prefill l1", "prefill2 l1",
        "1 edge from prefill into prefill2 that are no KV cache: a -> b (an edge of kind data)")]
    [InlineData(false, "l1", "decode l1", null)]
    [InlineData(false, "prefill l1", "l1", null)]
    [InlineData(true, "prefill s1", "prefill s1 l2",
        "1 edge that enters a stage past its first layer: a -> b (layer 2, stage 1 begins with layer 1)")]
    [InlineData(true, "prefill s1", "prefill s1 l1", null)]
    [InlineData(true, "prefill s1", "prefill s2 l3", null)]
    [InlineData(true, "prefill s1", "prefill s2 l4",
        "1 edge that enters a stage past its first layer: a -> b (layer 4, stage 2 begins with layer 3)")]
    [InlineData(true, "prefill s2 l3", "prefill s2",
        "1 edge that leaves a stage before its last layer: a -> b (layer 3, stage 2 ends with layer 4)")]
    [InlineData(true, "prefill s2 l4", "prefill s2", null)]
    [InlineData(true, "prefill s1 l2", "prefill s1", null)]
    [InlineData(true, "prefill s9 l2", "prefill s1", null)]
    [InlineData(true, "prefill l1", "prefill s1", null)]
    [InlineData(true, "prefill s1", "prefill l2", null)]
    [InlineData(true, "s1", "s1 l2", null)]
    [InlineData(false, "prefill s2 l3", "prefill s2", null)]
    public void An_edge_leads_onward_in_order(bool stated, string from, string to, string? fault)
    {
        CheckResult result = Run(stated, from, to);
        if (fault is null)
            Assert.NotEqual(CheckStatus.Fail, result.Status);
        else
            Assert.Equal((CheckStatus.Fail, fault), (result.Status, result.Evidence));
    }

    /// <summary>The ends of a phase serve all micro-batches and stand outside the layers.</summary>
    [Theory]
    [InlineData(Ops.Input, null, "prefill s1", "prefill s1 l2 m1", true)]
    [InlineData(null, Ops.Output, "decode s2 l3 m1", "decode s2", true)]
    [InlineData(null, null, "prefill s1", "prefill s1 m1", false)]
    public void Ends_of_a_phase_serve_all_micro_batches(string? fromOp, string? toOp, string from, string to, bool good) =>
        Assert.Equal(good ? CheckStatus.Pass : CheckStatus.Fail, Run(true, from, to, fromOp: fromOp, toOp: toOp).Status);

    /// <summary>A cache may skip layers and passes, but not lead back to prefill.</summary>
    [Theory]
    [InlineData("prefill s1 l1", "decode s2 l4 m3", true)]
    [InlineData("decode s1 l1", "prefill s1 l1", false)]
    [InlineData("prefill s2 l4", "prefill s1 l1", true)]
    public void A_cache_leads_into_decode(string from, string to, bool good) =>
        Assert.Equal(good ? CheckStatus.Pass : CheckStatus.Fail, Run(true, from, to, EdgeKind.Kv).Status);

    /// <summary>Blocks of an overview stand for several layers: what only a plan's graph is held to, they are not.</summary>
    [Theory]
    [InlineData("prefill s1 l1", "prefill s2 l3", CheckStatus.Pass)]
    [InlineData("prefill s1 l2", "prefill s1 l1", CheckStatus.Fail)]
    [InlineData("prefill s1", "prefill s1 m1", CheckStatus.Pass)]
    public void Blocks_of_an_overview_are_held_to_the_way_back(string from, string to, CheckStatus status) =>
        Assert.Equal(status, Run(true, from, to, detail: DetailLevel.Overview).Status);

    [Theory]
    [InlineData("s1", "s2", "not checked: no edge between nodes that tell their layers")]
    [InlineData("l1", "s2", "not checked: no edge between nodes that tell their layers")]
    [InlineData("l1", "l1", "1 edge within a layer, 0 edges onward to the next")]
    [InlineData("l1", "l2", "0 edges within a layer, 1 edge onward to the next")]
    [InlineData("l1", "l9", "0 edges within a layer, 1 edge onward to the next")]
    public void A_drawing_without_layers_is_not_checked(string from, string to, string evidence) =>
        Assert.Equal(evidence, Run(false, from, to).Evidence);

    /// <summary>A drawing with a fault fails even where no edge joins two layers.</summary>
    [Fact]
    public void A_way_back_to_prefill_is_a_fault_without_layers() =>
        Assert.Equal(CheckStatus.Fail, Run(false, "decode", "prefill").Status);

    /// <summary>Edges of kind order and token carry no layer's data: MicroBatchOrder looks at them.</summary>
    [Fact]
    public void Edges_of_kind_order_and_token_are_left_to_others()
    {
        Assert.Equal("not checked: no edge between nodes that tell their layers",
            Run(false, "prefill l2 s1", "prefill l1 s1 m1", EdgeKind.Order).Evidence);
        Assert.Equal("not checked: no edge between nodes that tell their layers",
            Run(false, "prefill l2", "decode l1", EdgeKind.Token, toOp: Ops.Input).Evidence);
    }

    /// <summary>Those have rules of their own, which this rule asks: edge by edge, then of the whole graph.</summary>
    [Fact]
    public void Edges_of_kind_order_and_token_are_held_to_their_rules()
    {
        Assert.Contains("of kind order that does not lead to the next micro-batch",
            Run(true, "prefill s1 l1", "prefill s1 l1 m2", EdgeKind.Order).Evidence, StringComparison.Ordinal);
        Assert.Contains("that samples and hands no token to decode",
            Run(true, "prefill s2", "prefill s2", toOp: Ops.Output).Evidence, StringComparison.Ordinal);
    }

    /// <summary>Of several edges of a node the one with the fault is named; edges within and onward both tell layers.</summary>
    [Fact]
    public void The_edge_with_the_fault_is_named()
    {
        RowGraph graph = new RowGraph().Node("a", null, "l2").Node("b", null, "l2").Node("c", null, "l3").Edge("a", "b").Edge("a", "c");
        Assert.Equal("1 edge within a layer, 1 edge onward to the next",
            RuleAssert.Comes(CheckStatus.Pass, "PD024", graph.Build()).Evidence);
        graph.Node("d", null, "l1").Edge("a", "d");
        Assert.Equal(["a -> d"], RuleAssert.Comes(CheckStatus.Fail, "PD024", graph.Build()).Edges);
    }
}
