using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD027 on two graphs of the same detail: a plan's of four nodes, and one that differs from it in one thing.</summary>
public class PlanDifferenceTests
{
    private static RowGraph Header(string axes = "tp=2 pp=2", string gpus = "2-3") =>
        new RowGraph().Phase("prefill", axes, (1, 1, "0-1"), (2, 2, gpus));

    private static RowGraph Nodes(RowGraph graph) => graph.Node("one", Ops.FfnNorm, "prefill s1 l1", "0-1")
        .Node("two", Ops.FfnNorm, "prefill s2 l2", "2-3").Node("low", Ops.Experts, "prefill s1 l1", "0", change: Holds("0-3"))
        .Node("high", Ops.Experts, "prefill s1 l1", "0", change: Holds("4-7"));

    private static Func<NodeFacts, NodeFacts> Holds(string experts) => facts => facts with { Experts = experts };

    private static Dag Plan => Nodes(Header()).Build();

    private static CheckResult Run(Dag dag, Dag? plan = null) => RuleText.Of(dag, "PD027", plan ?? Plan);

    [Fact]
    public void A_graph_reflects_itself() =>
        Assert.Equal("4 nodes reflect the plan rows: prefill on GPUs 0-3", Run(Plan).Evidence);

    /// <summary>Whatever tells nodes apart makes another node of one: the plan lacks it, and it lacks the plan's.</summary>
    [Fact]
    public void A_node_is_known_by_where_it_stands_and_what_it_does()
    {
        foreach ((string what, Action<DagMutator> change) in new (string, Action<DagMutator>)[]
        {
            ("phase", graph => graph.Scope("one", scope => scope with { Phase = new PhaseId(PhaseKind.Decode) })),
            ("layer", graph => graph.Scope("one", scope => scope with { Layer = 2 })),
            ("layers", graph => graph.Scope("one", scope => scope with { Layers = "1-2" })),
            ("micro-batch", graph => graph.Scope("one", scope => scope with { MicroBatch = 1 })),
            ("operator", graph => graph.Facts("one", facts => facts with { Op = Ops.AttentionNorm })),
            ("experts", graph => graph.Facts("low", facts => facts with { Experts = "0-4" })),
            ("GPUs", graph => graph.Gpus("one", "0")),
            ("no GPUs", graph => graph.Gpus("one", null)),
        })
        {
            var graph = new DagMutator(Plan);
            change(graph);
            string evidence = Run(graph.Build()).Evidence;
            string op = what == "experts" ? "Experts" : "FFN Norm", first = what == "experts" ? "low on GPUs 0" : "one on GPUs 0-1";
            Assert.Contains($"1 node of {op} missing, the first {first}", evidence, StringComparison.Ordinal);
            Assert.Contains("1 node that the plan does not have", evidence, StringComparison.Ordinal);
        }

        Assert.Contains("ffn_norm on GPUs unknown", Run(new DagMutator(Plan).Gpus("one", null).Build()).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_and_stages_of_nodes_may_differ()
    {
        var graph = new DagMutator(Plan).Scope("one", scope => scope with { Stage = 2 });
        graph.Nodes[0] = graph.Nodes[0] with { Id = "another" };
        Assert.Equal(CheckStatus.Pass, Run(graph.Build()).Status);
    }

    /// <summary>Nodes count: one that is there once too often is one too many, two that are missing are two.</summary>
    [Fact]
    public void Nodes_are_counted()
    {
        Dag twice = new DagMutator(Nodes(Header().Node("again", Ops.FfnNorm, "prefill s1 l1", "0-1")).Build()).Build();
        Assert.Equal("1 node that the plan does not have: one (ffn_norm on GPUs 0-1)", Run(twice).Evidence);
        Assert.Equal("1 node of FFN Norm missing, the first again on GPUs 0-1", Run(Plan, twice).Evidence);
        Assert.Equal("2 nodes of FFN Norm missing, the first one on GPUs 0-1; 2 nodes of Experts missing, the first low on GPUs 0",
            Run(Header().Node("x", Ops.AttentionNorm, "prefill s1 l1", "0").Build(),
                new DagMutator(Nodes(Header()).Node("x", Ops.AttentionNorm, "prefill s1 l1", "0").Build()).Build()).Evidence);
    }

    /// <summary>What is missing comes in the order of the plan's nodes, operators of both phases apart.</summary>
    [Fact]
    public void Missing_nodes_come_in_the_order_of_the_plan()
    {
        RowGraph Both() => new RowGraph().Phase("prefill", "", (1, 1, "0")).Phase("decode", "", (1, 1, "0"))
            .Node("x", Ops.AttentionNorm, "prefill s1 l1", "0");
        Dag plan = Both().Node("d", Ops.FfnNorm, "decode s1 l1", "0").Node("p", Ops.FfnUp, "prefill s1 l1", "0")
            .Node("q", Ops.FfnNorm, "prefill s1 l1", "0").Node("d2", Ops.FfnNorm, "decode s1 l1", "1").Build();
        Assert.Equal("2 nodes of FFN Norm missing, the first d on GPUs 0; 1 node of FFN Up missing, the first p on GPUs 0; "
            + "1 node of FFN Norm missing, the first q on GPUs 0", Run(Both().Build(), plan).Evidence);
    }

    [Theory]
    [InlineData("tp=2 pp=2", "2-3", null)]
    [InlineData("tp=2 pp=2 ep=1", "2-3", null)]
    [InlineData("tp=4 pp=2", "2-3", "prefill has tp=4, the plan tp=2")]
    [InlineData("tp=2", "2-3", "prefill has pp=1, the plan pp=2")]
    [InlineData("", "2-3", "prefill has pp=1, the plan pp=2; prefill has tp=1, the plan tp=2")]
    [InlineData("tp=2 pp=2", "2-4",
        "prefill has other stages than the plan: stage 1: layers 1-1 on GPUs 0-1, stage 2: layers 2-2 on GPUs 2-4")]
    public void Degrees_and_stages_are_those_of_the_plan(string axes, string gpus, string? fault)
    {
        CheckResult result = Run(Nodes(Header(axes, gpus)).Build());
        Assert.Equal(fault is null ? CheckStatus.Pass : CheckStatus.Fail, result.Status);
        if (fault is not null)
            Assert.StartsWith(fault[..Math.Min(fault.Length, 90)], result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Phases_are_those_of_the_plan()
    {
        Dag more = Nodes(Header().Phase("decode", "", (1, 2, "0"))).Build();
        Assert.Equal("the plan has no decode phase", Run(more).Evidence);
        Assert.Equal("the plan's decode phase is missing", Run(Plan, more).Evidence);
    }
}
