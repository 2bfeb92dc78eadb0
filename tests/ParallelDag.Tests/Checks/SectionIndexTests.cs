using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Sections and the index of facts on graphs whose nodes are in no order.</summary>
public class SectionIndexTests
{
    /// <summary>Nodes of one scope are one section, also where the table of scopes has it twice; they ascend.</summary>
    [Fact]
    public void Nodes_of_one_scope_are_one_section()
    {
        var graph = new RowGraph();
        string[] places = ["prefill l1", "prefill l2", "prefill l2", "prefill l1", "s3", "prefill l1", "prefill l1 m1"];
        for (int node = 0; node < places.Length; node++)
            graph.Node($"n{node}", null, places[node]);
        Dag dag = graph.Build();
        var sections = new SectionIndex(dag);
        Assert.Equal(4, sections.Count);
        Assert.Equal(["0 3 5", "1 2", "4", "6"],
            Enumerable.Range(0, 4).Select(section => string.Join(' ', sections.Nodes(section).ToArray())));
        Assert.Equal([0, 1, 1, 0, 2, 0, 3], Enumerable.Range(0, 7).Select(node => sections.Of(dag, node)));
    }

    [Theory]
    [InlineData("prefill s1 l3", "prefill layer 3")]
    [InlineData("prefill s1 l3 m2", "prefill layer 3, micro-batch 2")]
    [InlineData("decode2 s1 r1-4 m1", "decode2 layers 1-4, micro-batch 1")]
    [InlineData("prefill s2", "prefill stage 2")]
    [InlineData("s2 m1", "stage 2, micro-batch 1")]
    [InlineData("", "outside the stages")]
    public void A_section_is_named_by_where_it_stands(string place, string name)
    {
        Dag dag = new RowGraph().Node("a", null, place).Build();
        Assert.Equal(name, new SectionIndex(dag).NameOf(0));
    }

    /// <summary>Nodes by facts, ascending; an entry that no node has is not asked.</summary>
    [Fact]
    public void Nodes_are_found_by_their_facts()
    {
        var builder = new DagBuilder();
        int[] facts = [.. new[] { "a", "b", "c" }.Select(name =>
            builder.AddFacts(new NodeFacts { Name = name, Kind = NodeKind.Computation }))];
        int scope = builder.AddScope(NodeScope.Unknown), gpus = builder.AddGpus(null);
        foreach (int entry in new[] { 1, 0, 1, 1, 0 })
            builder.AddNode($"n{builder.NodeCount}", facts[entry], scope, gpus);
        var index = new FactsIndex(builder.Build(new DagHeader { Name = "facts" }));
        Assert.Equal((2, 3, 0), (index.Count(0), index.Count(1), index.Count(2)));
        Assert.Equal([1, 4], index.Where(own => own.Name == "a"));
        Assert.Equal([0, 2, 3], index.Where(own => own.Name != "a"));
        Assert.Equal([0, 1, 2, 3, 4], index.Where(own =>
        {
            Assert.NotEqual("c", own.Name);
            return true;
        }));
        Assert.Empty(index.Where(_ => false));
    }
}
