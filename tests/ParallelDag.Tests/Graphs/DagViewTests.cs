using ParallelDag.Readers;

namespace ParallelDag.Tests.Graphs;

/// <summary>What a DAG shows of its nodes and edges: lists that count and index, ids where a table shows an end, waves.</summary>
public sealed class DagViewTests
{
    private static readonly Dag Diamond = DotReader.Read("digraph { a -> b; a -> c; b -> d; c -> d; c -> d }");

    [Fact]
    public void Nodes_and_edges_are_lists()
    {
        Assert.Equal((4, 5), (Diamond.Nodes.Count, Diamond.Edges.Count));
        Assert.Equal(Diamond.Nodes, Enumerable.Range(0, 4).Select(index => Diamond.Nodes[index]));
        Assert.Equal(Diamond.Edges, Enumerable.Range(0, 5).Select(index => Diamond.Edges[index]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Diamond.Nodes[4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Diamond.Edges[-1]);
    }

    [Fact]
    public void Ends_of_an_edge_are_ids()
    {
        Assert.Equal(["a -> b", "a -> c", "b -> d", "c -> d", "c -> d"], Diamond.Edges.Select(edge => $"{edge.Source} -> {edge.Target}"));
        Assert.Equal(Diamond.Edges.Select(edge => edge.Source), Diamond.Edges.Select(edge => edge.GetSource().Id));
        Assert.Equal(["b -> d", "c -> d", "c -> d"], Diamond.FindNode("d")!.Value.GetInEdges().Select(edge => edge.ToString()));
    }

    [Fact]
    public void A_wave_is_one_more_than_the_latest_before()
    {
        Assert.Equal([0, 1, 1, 2], Diamond.Nodes.Select(node => node.Wave));
        Assert.All(DotReader.Read("digraph { a -> b -> a; c }").Nodes, node => Assert.Null(node.Wave));
    }
}
