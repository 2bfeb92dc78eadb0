using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD015 on norms of [batch_size=2, hidden=4], which do 4 * 8 = 32 FLOPs a member, and on projections up to 3, which do 2 * 2*4*3 = 48 or,
/// gated, 96.
/// </summary>
public class OperationsTests
{
    private const string Hidden = "[batch_size=2, seq_len=1, hidden=4]", Wide = "[batch_size=2, seq_len=1, hidden=3]";

    private static RowGraph Stated => new RowGraph().Phase("prefill", "", (1, 3, "0"));

    private static RowGraph Norm(RowGraph graph, string id, decimal flops, string place = "prefill s1 l1", long members = 1) =>
        graph.Node(id, Ops.FfnNorm, place, "0", Hidden, Hidden, facts => facts with { Flops = flops, Members = members });

    private static CheckResult Run(Dag dag) => RuleText.Of(dag, "PD015");

    [Fact]
    public void It_runs_where_operators_and_FLOPs_are_told()
    {
        const string NoOperator = "not checked: no operator on any node";
        Assert.Equal(NoOperator, Run(new RowGraph().Node("a", null, change: facts => facts with { Flops = 5 }).Build()).Evidence);
        Assert.Equal(NoOperator, Run(new RowGraph().Node("a", Ops.Input).Node("b", Ops.Output).Build()).Evidence);
        Assert.Equal("not checked: no FLOPs on any node", Run(new RowGraph().Node("a", Ops.Input).Node("b", Ops.FfnNorm).Build()).Evidence);
        Assert.Equal(CheckStatus.Fail, Run(Norm(Stated, "a", 0).Build()).Status);
        Assert.Equal(CheckStatus.Pass, Run(Norm(new RowGraph(), "a", 32).Node("in", Ops.Input).Build()).Status);
        Assert.Equal(CheckStatus.Fail, Run(Norm(new RowGraph(), "a", 33).Build()).Status);
    }

    [Fact]
    public void Nodes_that_compute_and_their_FLOPs_are_counted()
    {
        RowGraph graph = Norm(Norm(Stated, "a", 32), "b", 32_000, members: 1000).Node("all", Ops.FfnAllReduce, "prefill s1 l1", "0");
        Assert.Equal("2 nodes that compute, 32,032 FLOPs in all, as their operators and shapes make them", Run(graph.Build()).Evidence);
    }

    /// <summary>Facts that several nodes share are judged once for each phase and layer, and each node that has them is named.</summary>
    [Fact]
    public void Every_node_with_wrong_FLOPs_is_named()
    {
        RowGraph graph = Norm(Norm(Norm(Stated, "a", 31), "b", 32), "c", 33);
        CheckResult result = Run(graph.Build());
        Assert.Equal(["a", "c"], result.Nodes);
        var builder = new DagBuilder();
        int facts = builder.AddFacts(new NodeFacts
        {
            Op = Ops.FfnNorm, Name = "norm", Kind = NodeKind.Computation, Flops = 30, Input = TensorList.Parse(Hidden),
            Output = TensorList.Parse(Hidden),
        });
        int one = builder.AddScope(new NodeScope { Layer = 1 }), two = builder.AddScope(new NodeScope { Layer = 2 });
        foreach ((string id, int scope) in new[] { ("a", one), ("b", one), ("c", two), ("d", one) })
            builder.AddNode(id, facts, scope, builder.AddGpus(null));
        Assert.Equal(["a", "b", "c", "d"], Run(builder.Build(new DagHeader { Name = "shared" })).Nodes);
    }

    /// <summary>The same facts may be right in one phase and wrong in another: a pass of 4 positions, a step against 4 of them.</summary>
    [Fact]
    public void Facts_that_two_phases_share_are_judged_for_each()
    {
        // 2 heads of 4 + 4 do 2*2*8 a pair: 10 pairs of 4 positions under a causal mask, but 4 at most in a step of decode.
        var builder = new DagBuilder();
        int facts = builder.AddFacts(new NodeFacts
        {
            Op = Ops.Attention,
            Name = "attention",
            Kind = NodeKind.Computation,
            Input = TensorList.Parse("Q [batch_size=1, seq_len=4, heads=2, d_k=4]; K [batch_size=1, seq_len=4, kv_heads=2, d_k=4]; "
                + "V [batch_size=1, seq_len=4, kv_heads=2, d_k=4]"),
            Output = TensorList.Parse("[batch_size=1, seq_len=4, heads=2, d_k=4]"),
            Flops = 2 * 2 * 8 * 10,
        });
        foreach (PhaseKind phase in new[] { PhaseKind.Prefill, PhaseKind.Decode })
        {
            builder.AddNode($"{phase}", facts, builder.AddScope(new NodeScope { Phase = new PhaseId(phase), Layer = 1 }),
                builder.AddGpus(null));
        }

        Assert.Equal(["Decode"], Run(builder.Build(new DagHeader { Name = "phases" })).Nodes);
    }

    /// <summary>
    /// An FFN is gated in all of a layer or nowhere in it. Layer 2 does in its second micro-batch what it does not in the first, which is
    /// like that of layer 1.
    /// </summary>
    [Theory]
    [InlineData(48, CheckStatus.Pass)]
    [InlineData(96, CheckStatus.Fail)]
    public void Sections_that_are_alike_are_held_to_their_own_layers(int second, CheckStatus status)
    {
        var builder = new DagBuilder();
        var facts = new NodeFacts
        {
            Op = Ops.FfnUp, Name = "up", Kind = NodeKind.Computation, Input = TensorList.Parse(Hidden), Output = TensorList.Parse(Wide),
            Flops = 48,
        };
        int plain = builder.AddFacts(facts), other = builder.AddFacts(facts with { Flops = second });
        foreach ((int layer, int pass) in new[] { (1, 0), (1, 1), (2, 1), (2, 0), (3, 0), (3, 1) })
        {
            var scope = new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 1, Layer = layer, MicroBatch = pass };
            builder.AddNode($"l{layer}m{pass}", (layer, pass) == (2, 1) ? other : plain, builder.AddScope(scope),
                builder.AddGpus(GpuSet.Range(0, 0)));
        }

        Dag dag = builder.Build(new DagHeader { Name = "alike", Phases = Stated.Phases });
        Assert.Equal(status, Run(dag).Status);
        if (status == CheckStatus.Pass)
            Assert.StartsWith("6 nodes that compute, 288 FLOPs in all", Run(dag).Evidence, StringComparison.Ordinal);
        Inspection inspection = RowGraph.Inspect(dag, "PD015");
        SectionIndex sections = inspection.Survey.Sections;
        Assert.Equal(sections.Of(dag, 0), inspection.Alike!.ModelOf(sections.Of(dag, 3)));
    }

    /// <summary>What experts do together is not told by the blocks of an overview.</summary>
    [Theory]
    [InlineData(DetailLevel.Operator, CheckStatus.Fail)]
    [InlineData(DetailLevel.Overview, CheckStatus.Pass)]
    public void Experts_are_not_compared_in_an_overview(DetailLevel detail, CheckStatus status)
    {
        RowGraph graph = Stated;
        for (int layer = 1; layer <= 3; layer++)
        {
            decimal flops = layer == 3 ? 500 : 400;
            graph.Node($"top{layer}", Ops.TopK, $"prefill s1 l{layer}", "0", "[batch_size=2, experts=4]", "[batch_size=2, top_k=2]")
                .Node($"experts{layer}", Ops.Experts, $"prefill s1 l{layer}", "0", "[experts=4, tokens=2, hidden=4]",
                    "[experts=4, tokens=2, hidden=4]", facts => facts with { Flops = flops });
        }

        Assert.Equal(status, Run(graph.Build(detail)).Status);
    }
}
