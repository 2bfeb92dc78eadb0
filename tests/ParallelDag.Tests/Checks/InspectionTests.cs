using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>How faults become a line: four witnesses a sort, five sorts a line, a thousand witnesses a result.</summary>
public class InspectionTests
{
    private static Inspection On(Dag dag, bool everywhere = false, CancellationToken token = default) =>
        new(CheckRule.All[0], new GraphSurvey(OperatorPart.Of(dag), token), everywhere, token);

    private static Dag Chain(int nodes, bool lines = false)
    {
        var builder = new DagBuilder();
        for (int node = 0; node < nodes; node++)
            builder.AddNode($"n{node}", new NodeFacts { Name = "n", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        for (int node = 1; node < nodes; node++)
            builder.AddEdge(node - 1, node, EdgeKind.Data);
        SourceMap? source = !lines ? null : new SourceMap("a.dot",
            [.. Enumerable.Range(0, nodes).Select(line => new TextPosition(line, 1))],
            [.. Enumerable.Range(0, nodes - 1).Select(line => new TextPosition(10 * line, 1))]);
        return builder.Build(new DagHeader { Name = "chain" }, source: source);
    }

    [Theory]
    [InlineData(1, "1 node odd: n0")]
    [InlineData(2, "2 nodes odd: n0, n1")]
    [InlineData(4, "4 nodes odd: n0, n1, n2, n3")]
    [InlineData(5, "5 nodes odd: n0, n1, n2, n3 and 1 more")]
    public void Four_witnesses_are_spelled_out(int faults, string line)
    {
        Inspection inspection = On(Chain(6));
        Assert.False(inspection.HasFaults);
        for (int node = 0; node < faults; node++)
            inspection.NodeFault(node, "odd");
        Assert.True(inspection.HasFaults);
        Assert.Equal(faults, inspection.MarkedNodes);
        CheckResult result = inspection.Conclude("good");
        Assert.Equal(line, result.Evidence);
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Equal(Enumerable.Range(0, faults), result.GetNodeIndices());
    }

    [Theory]
    [InlineData(5, "a; b; c; d; e")]
    [InlineData(6, "a; b; c; d; e; and 1 more sort of fault")]
    [InlineData(7, "a; b; c; d; e; and 2 more sorts of fault")]
    public void Five_sorts_are_told_each_once(int sorts, string line)
    {
        Inspection inspection = On(Chain(1));
        for (int sort = 0; sort < sorts; sort++)
        {
            inspection.Fault(((char)('a' + sort)).ToString());
            inspection.Fault(((char)('a' + sort)).ToString());
        }

        Assert.Equal(line, inspection.Conclude("good").Evidence);
        inspection.SortsInLine = 1;
        Assert.Equal($"a; and {sorts - 1} more sorts of fault", inspection.Conclude("good").Evidence);
    }

    [Fact]
    public void Details_and_lines_stand_behind_a_witness()
    {
        Inspection inspection = On(Chain(3, lines: true));
        inspection.NodeFault(0, "odd", "so");
        inspection.NodeFault(2, "odd");
        inspection.EdgeFault(0, 0, "even");
        inspection.EdgeFault(1, 1, "even", "thus");
        inspection.EdgeFault(1, 1, "even");
        CheckResult result = inspection.Conclude("good");
        Assert.Equal("2 nodes odd: n0 (so), n2 (line 2); 3 edges even: n0 -> n1, n1 -> n2 (line 10) (thus), n1 -> n2 (line 10)",
            result.Evidence);
        Assert.Equal(["n0 -> n1", "n1 -> n2"], result.Edges);
        Assert.Equal(["n0", "n2"], result.Nodes);
    }

    [Fact]
    public void A_node_of_one_sort_is_not_an_edge_of_the_same()
    {
        Inspection inspection = On(Chain(2));
        inspection.NodeFault(0, "odd");
        inspection.EdgeFault(0, 0, "odd");
        Assert.Equal("1 node odd: n0; 1 edge odd: n0 -> n1", inspection.Conclude("good").Evidence);
    }

    [Fact]
    public void A_thousand_witnesses_are_named_each_once()
    {
        const int Most = CheckResult.MaxWitnesses;
        Inspection inspection = On(Chain(Most + 3));
        for (int node = 0; node < Most + 2; node++)
        {
            inspection.MarkNode(node);
            inspection.MarkNode(node);
            inspection.MarkEdge(node);
            inspection.MarkEdge(node);
        }

        Assert.False(inspection.HasFaults);
        CheckResult result = inspection.Conclude("good");
        Assert.Equal((CheckStatus.Pass, "good"), (result.Status, result.Evidence));
        Assert.Equal(Enumerable.Range(0, Most), result.GetNodeIndices());
        Assert.Equal(Enumerable.Range(0, Most), result.GetEdgeIndices());
        int[] all = [.. Enumerable.Range(0, Most + 1)];
        Assert.Equal(Most, inspection.Fail("x", all, all[..^1]).Nodes.Count);
        Assert.Equal(Most, inspection.Fail("x", all[..^1], all).Edges.Count);
        Assert.Equal([0, 1, 0], inspection.Fail("x", [0, 1, 0], [1]).GetNodeIndices());
        Assert.Equal((CheckStatus.Skipped, "not checked: no plan"), (inspection.Skip("plan").Status, inspection.Skip("plan").Evidence));
    }

    [Theory]
    [InlineData(80, false)]
    [InlineData(81, true)]
    public void Long_names_are_cut(int length, bool cut)
    {
        string text = new('x', length);
        Assert.Equal(cut ? new string('x', 80) + "..." : text, Inspection.OneLine(text));
        Assert.Equal(new string('x', 7) + "...", Inspection.OneLine(text, 7));
    }

    [Fact]
    public void A_name_is_not_cut_within_a_letter()
    {
        Assert.Equal("ab...", Inspection.OneLine("ab\U0001F600cd", 3));
        Assert.Equal("ab\U0001F600...", Inspection.OneLine("ab\U0001F600cd", 4));
        Assert.Equal("a b c d", Inspection.OneLine("a\nb\u2028c\u2029d"));
    }

    [Fact]
    public void A_cancelled_run_ends_at_every_65536th_step()
    {
        using var source = new CancellationTokenSource();
        Inspection inspection = On(Chain(1), token: source.Token);
        inspection.Step(0);
        source.Cancel();
        inspection.Step(1);
        inspection.Step(0xFFFF);
        inspection.Step(0x10001);
        Assert.Throws<OperationCanceledException>(() => inspection.Step(0));
        Assert.Throws<OperationCanceledException>(() => inspection.Step(0x10000));
    }

    /// <summary>Layers 2 and 3 of four and two micro-batches are alike, so a node of the first of them stands for four.</summary>
    [Fact]
    public void A_rule_that_finds_a_fault_in_a_model_looks_everywhere()
    {
        Dag dag = GraphScript.Good("alike");
        int node = dag.FindNode("prefill_l2_m0_ffn_norm")!.Value.Index;
        Inspection models = On(dag), all = On(dag, everywhere: true);
        Assert.Equal(1, models.Weight(node));
        Assert.True(models.Nodes.Length < dag.NodeCount);
        Assert.Equal(4, models.Weight(node));
        Assert.Equal(dag.NodeCount, models.Nodes.ToArray().Sum(models.Weight));
        Assert.Equal(dag.NodeCount, models.NodesOfStages.ToArray().Sum(models.Weight));
        Assert.Equal(dag.NodeCount, all.Nodes.Length);
        Assert.Equal(dag.NodeCount, all.NodesOfStages.Length);
        Assert.Equal(1, all.Weight(node));
        Assert.Null(all.Alike);
        Assert.Null(all.AlikeInStages);

        Assert.False(models.MustLookEverywhere);
        models.ReachesFar = true;
        Assert.True(models.MustLookEverywhere);
        models.ReachesFar = false;
        models.Fault("x");
        Assert.True(models.MustLookEverywhere);
        all.Fault("x");
        Assert.False(all.MustLookEverywhere);
    }
}
