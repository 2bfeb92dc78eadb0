using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

public class CheckResultTests
{
    [Fact]
    public void A_result_about_something_else_than_a_graph_names_what_it_is_given()
    {
        CheckRule rule = CheckRule.All[2];
        var result = new CheckResult(rule, CheckStatus.Fail, "two", ["a", "b"]);
        Assert.Equal((rule.Id, rule.Title, CheckStatus.Fail, "two"), (result.Id, result.Title, result.Status, result.Evidence));
        Assert.Equal(["a", "b"], result.Nodes);
        Assert.Empty(result.Edges);
        Assert.Empty(result.GetNodeIndices());
        Assert.Empty(result.GetEdgeIndices());
        Assert.Empty(result.GetNodePositions());
        Assert.Empty(result.GetEdgePositions());
        Assert.Null(result.File);
        Assert.Equal("PD003 fail: two", result.ToString());
    }

    [Fact]
    public void A_result_about_a_file_says_where_its_nodes_and_edges_stand()
    {
        var parts = new DagMutator(SmallDag.Build());
        parts.Source = new SourceMap("a.dot", [.. Enumerable.Range(1, parts.Nodes.Count).Select(line => new TextPosition(line, 2))],
            [.. Enumerable.Range(1, parts.Edges.Count).Select(line => new TextPosition(100 + line, 3))]);
        Dag dag = parts.Build();
        var result = new CheckResult(CheckRule.All[0], dag, CheckStatus.Pass, "x", [1, 3], [2]);
        Assert.Equal("a.dot", result.File);
        Assert.Equal([1, 3], result.GetNodeIndices());
        Assert.Equal([2], result.GetEdgeIndices());
        Assert.Equal([new TextPosition(2, 2), new TextPosition(4, 2)], result.GetNodePositions());
        Assert.Equal([dag.Source!.Edges[2]], result.GetEdgePositions());
        Assert.Equal([dag.IdOf(1), dag.IdOf(3)], result.Nodes);
        Assert.Equal([dag.Edge(2).ToString()], result.Edges);
        Assert.Equal(("PD001", "No cycle", CheckStatus.Pass), (result.Id, result.Title, result.Status));
    }

    [Theory]
    [InlineData(CheckStatus.Pass, "pass")]
    [InlineData(CheckStatus.Fail, "fail")]
    [InlineData(CheckStatus.Skipped, "skipped")]
    public void A_status_has_a_name(CheckStatus status, string name) => Assert.Equal(name, status.ToName());
}
