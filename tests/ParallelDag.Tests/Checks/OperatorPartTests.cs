using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>What is drawn invisible, and edges at it, are no part of what runs; results speak of rows of the whole drawing.</summary>
public class OperatorPartTests
{
    private static OperatorPart Part(string drawing) => OperatorPart.Of(DotReader.Read($"digraph {{\n{drawing.Replace("; ", ";\n",
        StringComparison.Ordinal)}\n}}", "a.dot"));

    [Theory]
    [InlineData("a; b; a -> b")]
    [InlineData("a [style=dashed]; b; a -> b [style=dashed]")]
    [InlineData("a")]
    public void A_drawing_without_remarks_is_the_part_itself(string drawing)
    {
        OperatorPart part = Part(drawing);
        Assert.Same(part.Whole, part.Dag);
        Assert.Equal([0], part.NodesOfWhole([0]));
        Assert.Equal([5, 3], part.EdgesOfWhole([5, 3]));
    }

    /// <summary>Rows of nodes and edges that are left, in the whole drawing.</summary>
    [Theory]
    [InlineData("a [style=invis]; b; c; a -> b; b -> c", "b c", "1 2", "b>c", "1")]
    [InlineData("a; b [style=invis]; c; a -> b; a -> c", "a c", "0 2", "a>c", "1")]
    [InlineData("a; b [style=invis]; c [style=invis]; a -> b; b -> c", "a", "0", "", "")]
    [InlineData("a [style=invis]; b; c [style=invis]; a -> b; b -> c", "b", "1", "", "")]
    [InlineData("a; b; c; a -> b [style=invis]; b -> c", "a b c", "0 1 2", "b>c", "1")]
    [InlineData("a; b; c; a -> b [style=invis]; a -> c [style=invis]; b -> c", "a b c", "0 1 2", "b>c", "2")]
    [InlineData("a; b; a -> b [style=\"bold,INVIS\"]", "a b", "0 1", "", "")]
    [InlineData("a [style=invis]; b; c; b -> c [style=invis]; c -> b", "b c", "1 2", "c>b", "1")]
    public void What_is_invisible_does_not_run(string drawing, string nodes, string rows, string edges, string edgeRows)
    {
        OperatorPart part = Part(drawing);
        Assert.NotSame(part.Whole, part.Dag);
        Assert.Equal(nodes, string.Join(' ', part.Dag.Nodes.Select(node => node.Id)));
        Assert.Equal(rows, string.Join(' ', part.NodesOfWhole([.. Enumerable.Range(0, part.Dag.NodeCount)])));
        Assert.Equal(edges, string.Join(' ', part.Dag.Edges.Select(edge => $"{edge.GetSource().Id}>{edge.GetTarget().Id}")));
        Assert.Equal(edgeRows, string.Join(' ', part.EdgesOfWhole([.. Enumerable.Range(0, part.Dag.Edges.Count)])));
        int[] lines = [.. part.Dag.Source!.Nodes.Select(position => position.Line)];
        Assert.Equal(part.NodesOfWhole([.. Enumerable.Range(0, part.Dag.NodeCount)]).Select(row => row + 2), lines);
    }

    /// <summary>What is no drawing has no invisible parts, whatever the style of its edges.</summary>
    [Fact]
    public void A_generated_graph_is_the_part_itself()
    {
        Dag dag = GraphScript.Changed("parallel", "style data invis");
        Assert.Same(dag, OperatorPart.Of(dag).Dag);
    }
}
