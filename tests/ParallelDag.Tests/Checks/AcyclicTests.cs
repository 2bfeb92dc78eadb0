using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>A ring of nodes: twelve names stand in the line, the first twice; of a longer one ten, and the last.</summary>
public class AcyclicTests
{
    [Theory]
    [InlineData(10, null)]
    [InlineData(11, null)]
    [InlineData(12, "(2 more) -> n0")]
    [InlineData(13, "(3 more) -> n0")]
    public void A_long_cycle_is_shortened_in_the_line_alone(int nodes, string? end)
    {
        var builder = new DagBuilder();
        for (int node = 0; node < nodes; node++)
            builder.AddNode($"n{node}", new NodeFacts { Name = "n", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        for (int node = 0; node < nodes; node++)
            builder.AddEdge(node, (node + 1) % nodes, EdgeKind.Data);
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD001", builder.Build(new DagHeader { Name = "ring" }));
        string names = string.Join(" -> ", Enumerable.Range(0, end is null ? nodes : 10).Select(node => $"n{node}"));
        Assert.Equal($"cycle of {nodes} nodes: {names} -> {end ?? "n0"}", result.Evidence);
        Assert.Equal(nodes + 1, result.Nodes.Count);
        Assert.Equal(nodes, result.Edges.Count);
    }

    [Fact]
    public void A_graph_without_a_cycle_is_counted() => Assert.Equal("9 nodes and 8 edges have a topological order",
        RuleAssert.Comes(CheckStatus.Pass, "PD001", SmallDag.Build()).Evidence);
}
