using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD004 on single nodes, told by their input and their output.</summary>
public class DimensionsNamedTests
{
    [Theory]
    [InlineData("[a=1]", "[a=1]", "1 node with input and output dimensions, 2 tensors in all")]
    [InlineData("Q [a=1]; K [a=2]; V [a=3]", "[a=1]", "1 node with input and output dimensions, 4 tensors in all")]
    [InlineData("[a=?]", "[a=1]", "1 node with input and output dimensions, 2 tensors in all; 1 node with a size left open")]
    [InlineData("[a=1]", "[b=2, a=?]", "1 node with input and output dimensions, 2 tensors in all; 1 node with a size left open")]
    [InlineData("[a=?]", "Q [a=1]; K [a=?]", "1 node with input and output dimensions, 3 tensors in all; 1 node with a size left open")]
    [InlineData("", "[a=1]", "1 node without INPUT DIMENSION: a")]
    [InlineData("[a=1]", "", "1 node without OUTPUT DIMENSION: a")]
    [InlineData("", "", "1 node without INPUT DIMENSION: a; 1 node without OUTPUT DIMENSION: a")]
    [InlineData("", "[a=?]", "1 node without INPUT DIMENSION: a")]
    [InlineData("words", "[a=1]", "1 node whose INPUT DIMENSION is not [name=value, ...]: a (words)")]
    [InlineData("[a=1]", "words", "1 node whose OUTPUT DIMENSION is not [name=value, ...]: a (words)")]
    [InlineData("more", "words",
        "1 node whose INPUT DIMENSION is not [name=value, ...]: a (more); "
        + "1 node whose OUTPUT DIMENSION is not [name=value, ...]: a (words)")]
    [InlineData("", "words", "1 node without INPUT DIMENSION: a; 1 node whose OUTPUT DIMENSION is not [name=value, ...]: a (words)")]
    public void Every_node_has_dimensions_on_both_sides(string input, string output, string evidence) => Assert.Equal(evidence,
        RuleText.Of(new RowGraph().Node("a", null, "", "0", input, output).Build(), "PD004").Evidence);

    [Fact]
    public void Nodes_with_an_open_size_are_counted_once_each()
    {
        RowGraph graph = new RowGraph().Node("a", null, "", "0", "[a=?]", "[a=?]").Node("b", null, "", "0", "[a=1]", "[a=?]")
            .Node("c", null, "", "0", "[a=1]", "[a=1]");
        Assert.Equal("3 nodes with input and output dimensions, 6 tensors in all; 2 nodes with a size left open",
            RuleAssert.Comes(CheckStatus.Pass, "PD004", graph.Build()).Evidence);
        RuleAssert.Comes(CheckStatus.Skipped, "PD004", new RowGraph().Build());
    }
}
