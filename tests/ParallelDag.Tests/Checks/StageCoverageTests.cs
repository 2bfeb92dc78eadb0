using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

public class StageCoverageTests
{
    [Fact]
    public void PD010_counts_layers_and_stages()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Pass, "PD010", SmallDag.Build());
        Assert.Equal("2 layers in 2 stages (prefill: 1-1 on 0-1, 2-2 on 2-3), each in one stage and computed on all of its GPUs",
            result.Evidence);
    }

    [Fact]
    public void PD010_is_not_checked_without_stages()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Skipped, "PD010",
                new DagMutator(SmallDag.Build()).WithHeader(header => header with { Phases = [] }).Build());
        Assert.StartsWith("not checked: no plan", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD010_names_a_computation_node_outside_its_stage()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD010", new DagMutator(SmallDag.Build()).Gpus("norm1", "0-2").Build());
        Assert.Equal("1 node outside the GPUs of prefill stage 1: norm1 (2)", result.Evidence);
        Assert.Equal(["norm1"], result.Nodes);
    }

    [Fact]
    public void PD010_tells_which_GPUs_nobody_computes_on()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD010", new DagMutator(SmallDag.Build()).Gpus("norm1", "0").Gpus("project1", "0").Build());
        Assert.Contains("prefill stage 1, layer 1: no computation node on GPUs 1 of 0-1", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD010_names_a_node_whose_layer_another_stage_lists()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD010",
                new DagMutator(SmallDag.Build()).Scope("norm2", scope => scope with { Layer = 1 }).Build());
        Assert.Contains("norm2 (stage 2, layer 1 is in stage 1)", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 3, 3, "prefill layer 2 is in no stage")]
    [InlineData(1, 2, 2, 2, "prefill layer 2 is in two stages")]
    public void PD010_looks_for_gaps_and_overlaps(int first1, int last1, int first2, int last2, string fault)
    {
        Dag dag = new DagMutator(SmallDag.Build()).WithHeader(header => header with
        {
            Phases = [header.Phases[0] with
            {
                Stages = [header.Phases[0].Stages[0] with { FirstLayer = first1, LastLayer = last1 },
                    header.Phases[0].Stages[1] with { FirstLayer = first2, LastLayer = last2 }],
            }],
        }).Build();
        Assert.Contains(fault, RuleAssert.Comes(CheckStatus.Fail, "PD010", dag).Evidence, StringComparison.Ordinal);
    }

    private static RowGraph Computes(RowGraph graph, params ReadOnlySpan<(string Place, string? Gpus)> nodes)
    {
        int number = 0;
        foreach ((string place, string? gpus) in nodes)
            graph.Node($"n{++number}", null, place, gpus);
        return graph;
    }

    private static string Fault(RowGraph graph) => RuleAssert.Comes(CheckStatus.Fail, "PD010", graph.Build()).Evidence;

    private static string Pass(RowGraph graph) => RuleAssert.Comes(CheckStatus.Pass, "PD010", graph.Build()).Evidence;

    [Fact]
    public void PD010_is_not_checked_where_one_phase_has_no_stages() => RuleAssert.Comes(CheckStatus.Skipped, "PD010",
        Computes(new RowGraph().Phase("prefill", "", (1, 1, "0")).Phase("decode", ""), ("prefill s1 l1", "0")).Build());

    /// <summary>Eight stages of a phase are listed, of nine the first eight.</summary>
    [Theory]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public void PD010_lists_some_stages_of_each_phase(int stages, bool more)
    {
        var graph = new RowGraph();
        foreach (string phase in new[] { "prefill", "decode" })
        {
            graph.Phase(phase, "", [.. Enumerable.Range(1, stages).Select(stage => (stage, stage, $"{stage}"))]);
            for (int stage = 1; stage <= stages; stage++)
                graph.Node($"{phase}{stage}", null, $"{phase} s{stage} l{stage}", $"{stage}");
        }

        string evidence = Pass(graph);
        Assert.StartsWith($"{2 * stages} layers of both phases in {2 * stages} stages (prefill: 1-1 on 1, 2-2 on 2,", evidence,
            StringComparison.Ordinal);
        Assert.Contains("8-8 on 8" + (more ? ", ...; decode: 1-1 on 1" : "; decode: 1-1 on 1"), evidence, StringComparison.Ordinal);
        Assert.DoesNotContain("9-9 on 9", evidence, StringComparison.Ordinal);
    }

    /// <summary>Stages hold layers 1 to L once each, in whatever order they are listed.</summary>
    [Theory]
    [InlineData("3-4 1-2", null)]
    [InlineData("1-1 2-2", null)]
    [InlineData("1-2 4-3", "prefill stage 2 lists no layer")]
    [InlineData("2-3", "prefill layer 1 is in no stage")]
    [InlineData("1-4 2-3 5-5", "prefill layer 2 is in two stages")]
    [InlineData("1-2 3-3 5-5", "prefill layer 4 is in no stage")]
    public void PD010_wants_each_layer_in_one_stage(string stages, string? fault)
    {
        (int, int, string)[] parts = [.. stages.Split(' ').Select((part, i) =>
            (part[0] - '0', part[2] - '0', $"{i}"))];
        var graph = new RowGraph().Phase("prefill", "", parts);
        for (int stage = 1; stage <= parts.Length; stage++)
        {
            for (int layer = parts[stage - 1].Item1; layer <= parts[stage - 1].Item2; layer++)
                graph.Node($"s{stage}l{layer}", null, $"prefill s{stage} l{layer}", $"{stage - 1}");
        }

        if (fault is null)
            Pass(graph);
        else if (fault.EndsWith("no stage", StringComparison.Ordinal))
            Assert.Equal(fault, Fault(graph));
        else
            Assert.StartsWith(fault + ";", Fault(graph), StringComparison.Ordinal);
    }

    /// <summary>Layers 1 to 3 of a stage: every one of them computes somewhere, or the one that does not is named.</summary>
    [Theory]
    [InlineData("l1 l2 l3", null)]
    [InlineData("r1-3", null)]
    [InlineData("r1-2,3", null)]
    [InlineData("l1 l3", "2")]
    [InlineData("r2-3", "1")]
    [InlineData("r1-2", "3")]
    [InlineData("", null)]
    public void PD010_names_a_layer_that_nobody_computes(string layers, string? missing)
    {
        var graph = new RowGraph().Phase("prefill", "", (1, 3, "0-1")).Node("entry", null, "prefill s1", "0-1");
        foreach (string layer in layers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            graph.Node(layer, null, $"prefill s1 {layer}", "0-1");
        if (missing is not null)
            Assert.Equal($"prefill layer {missing} of stage 1 has no computation node", Fault(graph));
        else
            Assert.StartsWith($"{(layers.Length == 0 ? 0 : 3)} layers in 1 stage (", Pass(graph), StringComparison.Ordinal);
    }

    /// <summary>A layer in which nodes communicate alone is computed by nobody; a place that no node has is none.</summary>
    [Fact]
    public void PD010_does_not_take_communication_for_computation()
    {
        RowGraph graph = Computes(new RowGraph().Phase("prefill", "", (1, 2, "0")), ("prefill s1 l1", "0"))
            .Node("passes", null, "prefill s1 l2", "0", change: facts => facts with { Kind = NodeKind.Communication });
        Assert.Equal("prefill layer 2 of stage 1 has no computation node", Fault(graph));
        var builder = new DagBuilder();
        builder.AddScope(new NodeScope { Stage = 7, Layer = 9 });
        builder.AddNode("a", new NodeFacts { Name = "a", Kind = NodeKind.Computation }, new NodeScope { Stage = 1, Layer = 1 },
            GpuSet.Range(0, 0));
        RuleAssert.Comes(CheckStatus.Pass, "PD010",
            builder.Build(new DagHeader { Name = "unused", Phases = [RowGraph.PhaseOf("prefill", "", (1, 1, "0"))] }));
    }

    [Fact]
    public void PD010_names_a_stage_where_nobody_computes() => Assert.Equal("prefill stage 2 has no computation node",
        Fault(Computes(new RowGraph().Phase("prefill", "", (1, 1, "0"), (2, 2, "1")), ("prefill s1 l1", "0"))));

    /// <summary>
    /// A layer on all GPUs of its stage, an entry on some; where no layer is told, the whole stage; never on others. What communicates does
    /// not count.
    /// </summary>
    [Theory]
    [InlineData("l1 0-1", "x 0", null)]
    [InlineData("l1 0", "l1 1", null)]
    [InlineData("m1 0", "m2 1", null)]
    [InlineData("m1 0", "m2 0", "prefill stage 1, the stage: no computation node on GPUs 1 of 0-1")]
    [InlineData("l1 0-1", "x 0-2", "1 node outside the GPUs of prefill stage 1: n2 (2)")]
    [InlineData("l1 0", "x 0-1", "prefill stage 1, layer 1: no computation node on GPUs 1 of 0-1")]
    [InlineData("r1-1 0", "x 0-1", "prefill stage 1, layer 1-1: no computation node on GPUs 1 of 0-1")]
    [InlineData("l1 0,2", "x 0-1",
        "prefill stage 1, layer 1: no computation node on GPUs 1 of 0-1; 1 node outside the GPUs of prefill stage 1: n1 (2)")]
    [InlineData("x 0", "x 1", null)]
    [InlineData("x 0", "x 0", "prefill stage 1, the stage: no computation node on GPUs 1 of 0-1")]
    [InlineData("x 0-1", "x 1-2", "1 node outside the GPUs of prefill stage 1: n2 (2)")]
    [InlineData("l1 0-1", "x -", null)]
    public void PD010_wants_each_layer_on_all_GPUs_of_its_stage(string first, string second, string? fault)
    {
        var graph = new RowGraph().Phase("prefill", "", (1, 1, "0-1"));
        Computes(graph, Row(first), Row(second));
        graph.Node("passes", null, "prefill s1 l1", "0-3", change: facts => facts with { Kind = NodeKind.Communication });
        if (fault is null)
            Pass(graph);
        else
            Assert.Equal(fault, Fault(graph));

        static (string Place, string? Gpus) Row(string text) => text.Split(' ') is [string place, string gpus]
            ? ("prefill s1" + (place == "x" ? "" : " " + place), gpus == "-" ? null : gpus) : default;
    }

    [Fact]
    public void PD010_marks_a_node_of_the_layer_that_lacks_GPUs()
    {
        var graph = Computes(new RowGraph().Phase("prefill", "", (1, 2, "0-1")), ("prefill s1 l1", "0-1"), ("prefill s1 l2", "0"));
        Assert.Equal(["n2"], RuleAssert.Comes(CheckStatus.Fail, "PD010", graph.Build()).Nodes);
    }

    /// <summary>Micro-batches of a layer cover its stage together.</summary>
    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    public void PD010_takes_micro_batches_of_a_layer_together(string second, bool good)
    {
        var graph = Computes(new RowGraph().Phase("prefill", "", (1, 1, "0-1")), ("prefill s1 l1", "0"), ("prefill s1 l1 m1", second));
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD010", graph.Build());
    }

    [Fact]
    public void PD010_takes_nodes_without_a_phase_for_the_only_one()
    {
        var graph = Computes(new RowGraph().Phase("prefill", "", (1, 1, "0-1")), ("s1 l1", "0-2"));
        Assert.Equal("1 node outside the GPUs of their stage 1: n1 (2)", Fault(graph));
    }

    /// <summary>Layers 1 and 2 are in stages 1 and 2; a run of layers stands in the one stage that lists all of them.</summary>
    [Theory]
    [InlineData("s1 l1", null)]
    [InlineData("s1 l2", "1 node in another stage than the one that lists its layer: extra (stage 1, layer 2 is in stage 2)")]
    [InlineData("s1 r1-2", "1 node of prefill layers that are in no single stage: extra (layer 1-2)")]
    [InlineData("s1 l3", "1 node of prefill layers that are in no single stage: extra (layer 3-3)")]
    public void PD010_wants_nodes_in_the_stage_that_lists_their_layer(string place, string? fault)
    {
        RowGraph header = new RowGraph().Phase("prefill", "", (1, 1, "0"), (2, 2, "1"));
        RowGraph graph = Computes(header, ("prefill s1 l1", "0"), ("prefill s2 l2", "1"))
            .Node("extra", null, "prefill " + place, "0", change: facts => facts with { Kind = NodeKind.Routing });
        if (fault is null)
            Pass(graph);
        else
            Assert.Equal(fault, Fault(graph));
    }

    /// <summary>Of three stages the entry stands in the first, the exit in the last, layers in any, each told by its nodes.</summary>
    [Theory]
    [InlineData(Ops.Embedding, "prefill s1", null)]
    [InlineData(Ops.Embedding, "prefill s2", "1 node of prefill in a stage where it does not belong: own (embedding in stage 2 of 3)")]
    [InlineData(Ops.Embedding, "prefill s1 l1", "1 node of entry or exit that stands in a layer: own (embedding)")]
    [InlineData(Ops.Embedding, "prefill s1 r1-1", "1 node of entry or exit that stands in a layer: own (embedding)")]
    [InlineData(Ops.FinalNorm, "prefill s3", null)]
    [InlineData(Ops.FinalNorm, "prefill s2", "1 node of prefill in a stage where it does not belong: own (final_norm in stage 2 of 3)")]
    [InlineData(Ops.FinalNorm, "prefill s3 l3", "1 node of entry or exit that stands in a layer: own (final_norm)")]
    [InlineData(Ops.AttentionNorm, "prefill s1 l1", null)]
    [InlineData(Ops.AttentionNorm, "prefill s3 l3", null)]
    [InlineData(Ops.AttentionNorm, "prefill s3 r3-3", null)]
    [InlineData(Ops.AttentionNorm, "prefill s1", "1 node of a layer that does not tell which: own (attention_norm)")]
    [InlineData(Ops.FfnNorm, "prefill s1", "1 node of a layer that does not tell which: own (ffn_norm)")]
    [InlineData(Ops.FfnNorm, "prefill s0", "1 node of prefill in a stage where it does not belong: own (ffn_norm in stage 0 of 3)")]
    [InlineData(Ops.FfnNorm, "prefill s4", "1 node of prefill in a stage where it does not belong: own (ffn_norm in stage 4 of 3)")]
    [InlineData(Ops.FfnNorm, "prefill", "1 node of prefill in a stage where it does not belong: own (ffn_norm in stage  of 3)")]
    [InlineData(Ops.PipelineSendRecv, "prefill s2", null)]
    [InlineData("mystery", "prefill s9", null)]
    [InlineData(Ops.FfnNorm, "decode s1 l1", "1 node of a phase that the header does not list: own (decode)")]
    public void PD010_wants_operators_where_they_belong(string op, string place, string? fault)
    {
        var graph = new RowGraph().Phase("prefill", "", (1, 1, "0"), (2, 2, "0"), (3, 3, "0"));
        for (int stage = 1; stage <= 3; stage++)
            graph.Node($"norm{stage}", Ops.AttentionNorm, $"prefill s{stage} l{stage}", "0");
        graph.Node("own", op, place, "0", change: facts => facts with { Kind = NodeKind.Routing });
        if (fault is null)
            Pass(graph);
        else
            Assert.Equal(fault, Fault(graph));
    }

    [Fact]
    public void PD010_names_a_node_without_a_phase_where_there_are_two()
    {
        var graph = new RowGraph().Phase("prefill", "", (1, 1, "0")).Phase("decode", "", (1, 1, "0"))
            .Node("a", Ops.AttentionNorm, "prefill s1 l1", "0").Node("b", Ops.AttentionNorm, "decode s1 l1", "0")
            .Node("c", Ops.AttentionNorm, "s1 l1", "0");
        Assert.Equal("1 node of a phase that the header does not list: c (none)", Fault(graph));
    }
}
