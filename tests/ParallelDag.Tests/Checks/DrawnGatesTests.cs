using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD009 on drawings of a gate g, or several, and experts e and f: which ways reach them, and which of those are dashed.</summary>
public class DrawnGatesTests
{
    private const string Gate = "g [label=\"Layer 0 Expert Gate\", shape=parallelogram]; ";

    private const string Two = "e [label=\"Layer 0 Expert 0\", shape=box]; f [label=\"Layer 0 Expert 1\", shape=box]; ";

    private static CheckResult Run(string drawing) => RuleText.Drawn(drawing, "PD009");

    private static void Says(string evidence, string drawing)
    {
        CheckResult result = Run(drawing);
        Assert.Equal(evidence, result.Evidence);
    }

    [Theory]
    [InlineData("a [label=\"Norm\"]; b [label=\"MLP\"]; a -> b",
        "not checked: no gate edges and no Top-k nodes that the graph names")]
    [InlineData("a [label=\"Norm\", op=ffn_norm]; b [label=\"MLP\"]; a -> b", "no MoE layer: no gate edge in the graph, and none needed")]
    [InlineData("a [label=\"Input\", op=input]; b [label=\"MLP\"]; c [label=\"Output\", op=output]; a -> b -> c",
        "not checked: no gate edges and no Top-k nodes that the graph names")]
    [InlineData("a [label=\"Norm\", op=ffn_norm]; b [label=\"Layer 0 Expert 0\"]; a -> b",
        "not checked: no gate edges and no Top-k nodes that the graph names")]
    [InlineData("n [label=\"Layer 0 Norm\"]; e [label=\"Layer 0 Expert 0\"]; n -> e [style=dashed]",
        "not checked: no layer that has both a gate and numbered experts")]
    [InlineData(Gate + "e [label=\"Layer 0 Experts\"]; g -> e [style=dashed]",
        "not checked: no expert numbers on any node, so which groups the 1 gate edge must reach is not told")]
    [InlineData(Gate + "e [label=\"Layer 1 Expert 0\"]; g -> e [style=dashed]",
        "not checked: no layer that has both a gate and numbered experts")]
    public void It_runs_where_a_layer_has_a_gate_and_numbered_experts(string drawing, string evidence) => Says(evidence, drawing);

    [Theory]
    [InlineData("g -> e [style=dashed]; g -> f [style=dashed]",
        "2 gate edges drawn dashed from 1 Top-k selection, reaching every expert group of its layer, in 1 MoE layer")]
    [InlineData("g -> e [style=\"Dashed,bold\"]; g -> f [style=dashed]",
        "2 gate edges drawn dashed from 1 Top-k selection, reaching every expert group of its layer, in 1 MoE layer")]
    [InlineData("r [label=\"Layer 0 Norm\"]; g -> e [style=dashed]; g -> f",
        "1 edge of a gate not drawn dashed: g -> f (line 1)")]
    [InlineData("g -> e [style=dashed]", "1 node of Top-k that misses expert groups of its layer: g (line 1) (no gate edge to experts 1)")]
    [InlineData("", "1 node of Top-k that misses expert groups of its layer: g (line 1) (no gate edge to experts 0-1)")]
    [InlineData("g -> f; f -> e [style=dashed]",
        "1 node of Top-k that misses expert groups of its layer: g (line 1) (no gate edge to experts 0); "
        + "1 edge of a gate not drawn dashed: g -> f (line 1)")]
    public void Every_group_of_experts_is_reached_by_a_dashed_way(string edges, string evidence) => Says(evidence, Gate + Two + edges);

    /// <summary>Experts that nobody reaches are marked beside the last gate; other nodes are not.</summary>
    [Fact]
    public void Experts_that_are_missed_are_marked() =>
        Assert.Equal(["g", "f", "f2"], Run(Gate + Two
            + "f2 [label=\"Layer 0 Expert 1\", shape=box]; g -> e [style=dashed]").Nodes);

    /// <summary>A group drawn as several nodes is reached where one of them is.</summary>
    [Fact]
    public void One_node_of_a_group_is_enough() => Assert.Equal(CheckStatus.Pass, Run(Gate + Two
        + "f2 [label=\"Layer 0 Expert 1\", shape=box]; g -> e [style=dashed]; g -> f2 [style=dashed]").Status);

    /// <summary>Through routers, splits and dispatches of the layer, not through what computes, other layers or experts.</summary>
    [Theory]
    [InlineData("d [label=\"Layer 0 Token Dispatch\", shape=ellipse]", true)]
    [InlineData("d [label=\"Layer 0 Split\", shape=parallelogram]", true)]
    [InlineData("d [label=\"Layer 0 Router\", shape=box]", true)]
    [InlineData("d [label=\"Layer 0 Norm\", shape=box]", false)]
    [InlineData("d [label=\"Layer 1 Token Dispatch\", shape=ellipse]", false)]
    [InlineData("d [label=\"Layer 0 Expert 2\", shape=box]", false)]
    public void A_walk_goes_on_through_what_does_not_compute(string between, bool good)
    {
        CheckResult result = Run(Gate + Two + between + "; g -> d [style=dashed]; d -> e; d -> f");
        Assert.Equal(good ? CheckStatus.Pass : CheckStatus.Fail, result.Status);
    }

    /// <summary>Dashed anywhere on the way: an edge before or behind, or the outline of a gate or router, not of a dispatch.</summary>
    [Theory]
    [InlineData("", "", "", "", false)]
    [InlineData("", "style=dashed", "", "", true)]
    [InlineData("", "", "", "style=dashed", true)]
    [InlineData("style=dashed", "", "", "", true)]
    [InlineData("", "", "style=dashed", "", false)]
    [InlineData("style=dotted", "style=bold", "", "style=solid", false)]
    public void A_way_is_dashed_where_some_part_of_it_is(string gate, string into, string dispatch, string on, bool good)
    {
        CheckResult result = Run($"g [label=\"Layer 0 Expert Gate\", shape=parallelogram, {gate}]; {Two} "
            + $"d [label=\"Layer 0 Token Dispatch\", shape=ellipse, {dispatch}]; g -> d [{into}]; d -> e [{on}]; d -> f [{on}]");
        Assert.Equal(good ? "" : "1 node whose choice of experts is not drawn dashed: g (line 1) (experts 0-1)",
            result.Status == CheckStatus.Pass ? "" : result.Evidence);
    }

    /// <summary>A router on the way that is dashed makes the way so.</summary>
    [Fact]
    public void A_dashed_router_makes_the_way_dashed()
    {
        string drawing = Gate + Two + "r [label=\"Layer 0 Router\", shape=parallelogram, style=dashed]; g -> r -> e; r -> f";
        Assert.Equal(CheckStatus.Pass, Run(drawing).Status);
        Assert.Equal(["r -> e", "r -> f"], Run(drawing.Replace(", style=dashed", "", StringComparison.Ordinal)).Edges);
    }

    /// <summary>Experts that a dashed way reaches as well as a solid one are reached well.</summary>
    [Fact]
    public void A_solid_way_beside_a_dashed_one_is_no_fault() => Assert.Equal(CheckStatus.Pass, Run(Gate + Two
        + "d [label=\"Layer 0 Token Dispatch\", shape=ellipse]; g -> e [style=dashed]; g -> f [style=dashed]; g -> d -> e; d -> f").Status);

    /// <summary>Only the gates that lead to the solid ways are named, each layer by itself, of several with its name.</summary>
    [Fact]
    public void Gates_are_named_by_layer()
    {
        string Layer(int layer, string style) => $"g{layer} [label=\"Layer {layer} Expert Gate\", shape=parallelogram]; "
            + $"h{layer} [label=\"Layer {layer} Top-2 Selection\", shape=parallelogram]; "
            + $"d{layer} [label=\"Layer {layer} Token Dispatch\", shape=ellipse]; e{layer} [label=\"Layer {layer} Expert 0\"]; "
            + $"g{layer} -> d{layer} [style={style}]; d{layer} -> e{layer}; ";
        Says("1 node whose choice of experts is not drawn dashed: g2 (line 1) (experts 0, layer 2)",
            Layer(1, "dashed") + Layer(2, "solid"));
        Says("1 gate edge drawn dashed from 4 Top-k selections, reaching every expert group of its layer, in 1 MoE layer",
            (Layer(1, "dashed") + Layer(2, "dashed")).Replace("d2 -> e2;", "", StringComparison.Ordinal)
            .Replace("e2 [label=\"Layer 2 Expert 0\"];", "", StringComparison.Ordinal)
            .Replace("g2 -> d2 [style=dashed];", "g2 -> d2;", StringComparison.Ordinal));
    }

    /// <summary>
    /// So many selections alike that reach both groups, one, or none: where more than half reach all, those that reach some must reach all.
    /// </summary>
    [Theory]
    [InlineData("2 2 1", "t3 (line 1) (no gate edge to experts 1)")]
    [InlineData("2 1", null)]
    [InlineData("2 1 1", null)]
    [InlineData("2 2 0", null)]
    [InlineData("2 2 2 1 1", "t4 (line 1) (no gate edge to experts 1), t5 (line 1) (no gate edge to experts 1)")]
    public void Selections_alike_reach_alike(string reached, string? fault)
    {
        string drawing = Two;
        int number = 0;
        foreach (string groups in reached.Split(' '))
        {
            drawing += $"t{++number} [label=\"Layer 0 Top-2 Selection (rank {number})\", shape=parallelogram]; "
                + (groups == "0" ? "" : $"t{number} -> e [style=dashed]; ") + (groups == "2" ? $"t{number} -> f [style=dashed]; " : "");
        }

        CheckResult result = Run(drawing);
        Assert.Equal(fault is null ? CheckStatus.Pass : CheckStatus.Fail, result.Status);
        if (fault is not null)
        {
            Assert.Contains(fault, result.Evidence, StringComparison.Ordinal);
            Assert.Equal("f", result.Nodes[1]);
        }
    }

    /// <summary>Selections of another name are held to their own like.</summary>
    [Fact]
    public void Selections_of_other_names_need_not_reach_alike() => Assert.Equal(CheckStatus.Pass, Run(Two
        + string.Concat(Enumerable.Range(1, 3).Select(i => $"t{i} [label=\"Layer 0 Top-2 Selection {i}\", shape=parallelogram]; "
            + $"t{i} -> e [style=dashed]; t{i} -> f [style=dashed]; "))
        + "g [label=\"Layer 0 Expert Gate\", shape=parallelogram]; g -> e [style=dashed]").Status);

    /// <summary>A router drawn as communication carries tokens: it chooses nothing.</summary>
    [Fact]
    public void A_router_that_communicates_is_no_gate() => Assert.Equal(CheckStatus.Skipped,
        Run(Two + "r [label=\"Layer 0 Router\", shape=ellipse, kind=communication]; r -> e; r -> f").Status);

    /// <summary>Edges that a file says are gate edges choose whatever their style, and are told to be dashed where all are.</summary>
    [Theory]
    [InlineData("dashed", "dashed", "2 gate edges drawn dashed from 1 Top-k selection")]
    [InlineData("dashed", null, "2 gate edges from 1 Top-k selection")]
    [InlineData("dashed", "solid", "2 gate edges from 1 Top-k selection")]
    [InlineData(null, null, "2 gate edges from 1 Top-k selection")]
    public void Edges_of_kind_gate_choose(string? first, string? second, string found)
    {
        static NodeFacts Drawn(NodeFacts facts) => facts with { Drawing = new NodeDrawing { KindSource = KindSource.Label } };
        RowGraph graph = new RowGraph().Node("g", Ops.Gate, "l1", change: Drawn)
            .Node("e", Ops.Experts, "l1", change: facts => Drawn(facts) with { Experts = "0" })
            .Node("f", Ops.Experts, "l1", change: facts => Drawn(facts) with { Experts = "1" })
            .Edge("g", "e", EdgeKind.Gate, first).Edge("g", "f", EdgeKind.Gate, second);
        Assert.Equal($"{found}, reaching every expert group of its layer, in 1 MoE layer",
            RuleAssert.Comes(CheckStatus.Pass, "PD009", graph.Build()).Evidence);
    }

    /// <summary>A choice that is dashed by the outline of its gate has no gate edges.</summary>
    [Fact]
    public void A_dashed_gate_has_no_gate_edges() => Says(
        "0 gate edges from 1 Top-k selection, reaching every expert group of its layer, in 1 MoE layer",
        "g [label=\"Layer 0 Expert Gate\", shape=parallelogram, style=dashed]; " + Two + "g -> e; g -> f");
}
