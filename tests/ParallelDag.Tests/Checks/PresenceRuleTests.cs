using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD001 to PD004: shape and presence, each broken alone.</summary>
public class PresenceRuleTests
{
    [Fact]
    public void PD001_names_the_closed_path_in_order()
    {
        CheckResult result = RuleAssert.Fails("PD001", new DagMutator(SmallDag.Build()).AddEdge("project1", "norm1").Build());
        Assert.Equal(["norm1", "project1", "norm1"], result.Nodes);
        Assert.Equal(["norm1 -> project1", "project1 -> norm1"], result.Edges);
        Assert.Equal("cycle of 2 nodes: norm1 -> project1 -> norm1", result.Evidence);
    }

    [Fact]
    public void PD001_names_a_node_that_reads_itself()
    {
        CheckResult result = RuleAssert.Fails("PD001", new DagMutator(SmallDag.Build()).AddEdge("norm2", "norm2").Build());
        Assert.Equal(["norm2", "norm2"], result.Nodes);
    }

    [Fact]
    public void PD002_names_a_node_without_a_consumer()
    {
        var mutator = new DagMutator(SmallDag.Build());
        mutator.Nodes.Add(mutator.Nodes[mutator.Index("norm2")] with { Id = "stray" });
        CheckResult result = RuleAssert.Fails("PD002", mutator.AddEdge("send", "stray").Build());
        Assert.Equal(["stray"], result.Nodes);
        Assert.Contains("1 node without a consumer: stray", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD002_tells_of_parts_that_no_edge_joins()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD002", new DagMutator(SmallDag.Build()).RemoveEdge("project1", "reduce1").Build());
        Assert.Contains("2 parts that no edge joins", result.Evidence, StringComparison.Ordinal);
        Assert.Contains("project1", result.Nodes);
        Assert.Contains("reduce1", result.Nodes);
    }

    [Fact]
    public void PD002_takes_the_lone_end_of_an_unmarked_chain_for_its_input_and_output()
    {
        RuleAssert.Comes(CheckStatus.Pass, "PD002", Chain("a", "b", "c"));
        var mutator = new DagMutator(Chain("a", "b", "c"));
        mutator.Nodes.Add(mutator.Nodes[0] with { Id = "d" });
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD002", mutator.AddEdge("d", "b").Build());
        Assert.Equal(["a", "d"], result.Nodes);
    }

    [Fact]
    public void PD003_names_a_node_without_GPUs_and_its_line()
    {
        var mutator = new DagMutator(SmallDag.Build()).Gpus("norm2", null);
        mutator.Source = new SourceMap(
            "drawn.dot",
            [.. Enumerable.Range(1, mutator.Nodes.Count).Select(line => new TextPosition(line, 3))],
            [.. mutator.Edges.Select(_ => new TextPosition(90, 1))]);
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD003", mutator.Build());
        int line = mutator.Index("norm2") + 1;
        Assert.Equal($"1 node without GPUs: norm2 (line {line})", result.Evidence);
        Assert.Equal([new TextPosition(line, 3)], result.NodePositions);
        Assert.Equal("drawn.dot", result.File);
    }

    [Fact]
    public void PD003_names_GPUs_outside_the_pool()
    {
        CheckResult result = RuleAssert.Fails("PD003", new DagMutator(SmallDag.Build()).Gpus("out", "3-4").Build());
        Assert.Equal("1 node on GPUs outside the pool 0-3: out (4)", result.Evidence);
    }

    [Theory]
    [InlineData("Attention\nALL GPUs")]
    [InlineData("GPUs: all")]
    [InlineData("Norm on every GPU")]
    [InlineData("GPU: *")]
    public void PD003_refuses_vague_wording(string label)
    {
        Dag dag = new DagMutator(SmallDag.Build()).Facts("norm1", facts => Drawn(facts, label, "box")).Build();
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD003", dag);
        Assert.Equal(["norm1"], result.Nodes);
        Assert.Contains("vague wording", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("All-Reduce\nGPUs: 0-1")]
    [InlineData("Dispatch All-to-All\nGPUs: 0-1")]
    [InlineData("Dispatch all to all GPUs: 0-1")]
    public void PD003_knows_collectives_from_vague_wording(string label) =>
        RuleAssert.Comes(CheckStatus.Pass, "PD003",
            new DagMutator(SmallDag.Build()).Facts("reduce1", facts => Drawn(facts, label, "ellipse")).Build());

    [Fact]
    public void PD003_is_about_presence_where_the_pool_is_not_told()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Pass, "PD003",
                new DagMutator(SmallDag.Build()).WithHeader(header => header with { Pool = null }).Build());
        Assert.Contains("does not tell its pool", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD004_names_a_node_without_dimensions()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD004",
                new DagMutator(SmallDag.Build()).Facts("norm2", facts => facts with { Output = TensorList.None }).Build());
        Assert.Equal("1 node without OUTPUT DIMENSION: norm2", result.Evidence);
    }

    [Fact]
    public void PD004_shows_dimensions_that_do_not_follow_the_notation()
    {
        CheckResult result = RuleAssert.Comes(
            CheckStatus.Fail, "PD004",
            new DagMutator(SmallDag.Build()).Facts("norm2", facts => facts with { Input = TensorList.Parse("hidden\nstates") }).Build());
        Assert.Equal("1 node whose INPUT DIMENSION is not [name=value, ...]: norm2 (hidden states)", result.Evidence);
    }

    [Fact]
    public void PD004_counts_sizes_left_open()
    {
        CheckResult result = RuleAssert.Comes(
            CheckStatus.Pass, "PD004",
            new DagMutator(SmallDag.Build()).Facts("norm2", facts => facts with { Input = TensorList.Parse("[seq_len=?]") }).Build());
        Assert.Equal("9 nodes with input and output dimensions, 18 tensors in all; 1 node with a size left open", result.Evidence);
    }

    [Fact]
    public void A_line_of_evidence_names_a_few_witnesses_and_the_result_all_of_them()
    {
        var mutator = new DagMutator(Chain([.. Enumerable.Range(0, 1500).Select(i => $"n{i}")]));
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD003", mutator.Build());
        Assert.Equal("1,500 nodes without GPUs: n0, n1, n2, n3 and 1,496 more", result.Evidence);
        Assert.Equal(CheckResult.MaxWitnesses, result.Nodes.Count);
    }

    [Fact]
    public void Names_with_line_breaks_stay_on_one_line()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD003", Chain("a\nb\u2028c", new string('x', 500)));
        Assert.Equal($"2 nodes without GPUs: a b c, {new string('x', 80)}...", result.Evidence);
        Assert.Equal("a\nb\u2028c", result.Nodes[0]);
    }

    private static NodeFacts Drawn(NodeFacts facts, string label, string shape) =>
        facts with { Drawing = new NodeDrawing { Label = label, Shape = shape, KindSource = KindSource.Stated } };

    private static Dag Chain(params string[] ids)
    {
        var builder = new DagBuilder();
        foreach (string id in ids)
            builder.AddNode(id, new NodeFacts { Name = id, Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        for (int node = 1; node < ids.Length; node++)
            builder.AddEdge(node - 1, node, EdgeKind.Data);
        return builder.Build(new DagHeader { Name = "chain" });
    }
}
