using ParallelDag.Graphs;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Graphs;

/// <summary>A part of a graph keeps what its nodes and edges are.</summary>
public sealed class SubgraphTests
{
    private static readonly Dag Whole = DotReader.Read(
        "digraph g { a [gpus=\"0-3\", op=attention, kind=computation]; a -> b [label=x]; b -> c; a -> c; c -> d; d -> b }");

    [Fact]
    public void Of_all_nodes_is_the_graph_again()
    {
        Dag copy = Subgraph.Of(Whole, Enumerable.Range(0, Whole.NodeCount));
        Assert.Equal(Whole.Nodes.Select(node => node.Id), copy.Nodes.Select(node => node.Id));
        Assert.Equal(Whole.Edges.Select(Facts), copy.Edges.Select(Facts));
        Assert.Equal(Whole.Node(0).Gpus, copy.Node(0).Gpus);
        Assert.Null(copy.Source);
    }

    [Fact]
    public void Without_edges_given_all_between_its_nodes_are_in_it()
    {
        Dag part = Subgraph.Of(Whole, Rows("a", "b", "c"), name: "part");
        Assert.Equal("part", part.Name);
        Assert.Equal(["a -> b", "a -> c", "b -> c"], part.Edges.Select(edge => edge.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("attention", part.FindNode("a")!.Value.Op);
    }

    [Fact]
    public void Edges_that_are_given_bring_their_ends_and_no_others()
    {
        int edge = Whole.Edges.Single(candidate => candidate.ToString() == "c -> d").Index;
        Dag part = Subgraph.Of(Whole, Rows("a"), [edge]);
        Assert.Equal(["a", "c", "d"], part.Nodes.Select(node => node.Id).Order(StringComparer.Ordinal));
        Assert.Equal(["c -> d"], part.Edges.Select(candidate => candidate.ToString()));
    }

    [Fact]
    public void Random_parts_are_what_a_naive_filter_finds()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int count = random.Next(1, 20);
            IEnumerable<string> nodes = Enumerable.Range(0, count).Select(n => $"n{n};");
            IEnumerable<string> links = Enumerable.Range(0, random.Next(0, 60))
                .Select(_ => $"n{random.Next(count)} -> n{random.Next(count)};");
            Dag dag = DotReader.Read($"digraph {{ {string.Join(' ', nodes.Concat(links))} }}");
            HashSet<int> chosen = [.. Enumerable.Range(0, count).Where(_ => random.Next(2) == 0)];
            Dag part = Subgraph.Of(dag, chosen);
            Assert.Equal(dag.Nodes.Where(node => chosen.Contains(node.Index)).Select(node => node.Id), part.Nodes.Select(node => node.Id));
            Assert.Equal(
                dag.Edges.Where(edge => chosen.Contains(edge.GetSource().Index) && chosen.Contains(edge.GetTarget().Index)).Select(Facts)
                    .Order(StringComparer.Ordinal),
                part.Edges.Select(Facts).Order(StringComparer.Ordinal));
        }
    }

    private static string Facts(DagEdge edge) => $"{edge} {edge.Kind} {edge.Label}";

    private static IEnumerable<int> Rows(params string[] ids) => ids.Select(id => Whole.FindNode(id)!.Value.Index);
}
