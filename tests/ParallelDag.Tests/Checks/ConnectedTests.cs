using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>PD002 on graphs of a few nodes: edges as <c>a-b</c>, those of kind order as <c>a~b</c>; i and o are input and output.</summary>
public class ConnectedTests
{
    private static Dag Graph(string nodes, string edges, Action<RowGraph>? more = null)
    {
        var graph = new RowGraph();
        foreach (string id in nodes.Split(' '))
            graph.Node(id, id[0] == 'i' ? Ops.Input : id[0] == 'o' ? Ops.Output : null);
        more?.Invoke(graph);
        foreach (string edge in edges.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = edge.Split('-', '~', '=', '^');
            graph.Edge(ends[0], ends[1], edge[ends[0].Length] switch
            {
                '~' => EdgeKind.Order,
                '=' => EdgeKind.Kv,
                '^' => EdgeKind.Token,
                _ => EdgeKind.Data,
            });
        }

        return graph.Build();
    }

    [Theory]
    [InlineData("i a o", "i-a a-o", "3 nodes in one connected graph; 1 input and 1 output are its only ends")]
    [InlineData("i i2 a o o2", "i-a i2-a a-o a-o2", "5 nodes in one connected graph; 2 inputs and 2 outputs are its only ends")]
    [InlineData("a b", "a-b", "2 nodes in one connected graph; 1 input and 1 output are its only ends")]
    [InlineData("a", "", "1 node in one connected graph; 1 input and 1 output are its only ends")]
    public void Inputs_and_outputs_are_the_only_ends(string nodes, string edges, string evidence) =>
        Assert.Equal(evidence, RuleAssert.Comes(CheckStatus.Pass, "PD002", Graph(nodes, edges)).Evidence);

    [Theory]
    [InlineData("i a b o", "i-a a-o b-o", "1 node without a producer: b")]
    [InlineData("i a b o", "i-a a-o i-b", "1 node without a consumer: b")]
    [InlineData("a b o", "a-o b-o", "2 nodes without a producer, though none is marked as an input: a, b")]
    [InlineData("i a b", "i-a i-b", "2 nodes without a consumer, though none is marked as an output: a, b")]
    [InlineData("i a b o", "i-a a-o a~b b-o", "1 node without a producer: b")]
    [InlineData("i a o", "i-a a~o a-o", null)]
    [InlineData("i a o", "i-a a-o i~a", null)]
    [InlineData("a b o", "a-b a~b b-o", null)]
    [InlineData("a b o", "a~b b-o a-o", "2 nodes without a producer, though none is marked as an input: a, b")]
    public void Every_other_node_has_a_producer_and_a_consumer(string nodes, string edges, string? evidence)
    {
        if (evidence is null)
            RuleAssert.Comes(CheckStatus.Pass, "PD002", Graph(nodes, edges));
        else
            Assert.Equal(evidence, RuleAssert.Comes(CheckStatus.Fail, "PD002", Graph(nodes, edges)).Evidence);
    }

    [Fact]
    public void It_is_not_checked_without_nodes() =>
        RuleAssert.Comes(CheckStatus.Skipped, "PD002", new RowGraph().Build());

    /// <summary>The largest part is the graph, whichever comes first; of every other one node is named.</summary>
    [Theory]
    [InlineData("i a o i2 o2", "i-a a-o i2-o2", "2 parts that no edge joins; 1 node in a part of its own: i2", "i2")]
    [InlineData("i2 o2 i a o", "i-a a-o i2-o2", "2 parts that no edge joins; 1 node in a part of its own: i2", "i2")]
    [InlineData("i2 o2 i a o i3 o3", "i-a a-o i2-o2 i3-o3", "3 parts that no edge joins; 2 nodes in a part of its own: i2, i3", "i2,i3")]
    [InlineData("i i2 o o2", "i-o i2-o2 i2-o", null, null)]
    [InlineData("o2 a o i", "i-a a-o i-o2", null, null)]
    [InlineData("o b o2 i i2", "i-o i-b b-o2 i2-o", null, null)]
    public void All_belong_to_one_part(string nodes, string edges, string? evidence, string? named)
    {
        CheckResult result =
            RuleAssert.Comes(evidence is null ? CheckStatus.Pass : CheckStatus.Fail, "PD002", Graph(nodes, edges));
        if (evidence is null)
            return;
        Assert.StartsWith(evidence.Split(" in a part")[0], result.Evidence, StringComparison.Ordinal);
        Assert.Equal(named!.Split(','), result.Nodes);
    }

    /// <summary>The larger part is found however its nodes were joined: a4 reads nothing, and joins a1 to a2 and a3.</summary>
    [Fact]
    public void The_larger_part_is_known_by_all_of_its_nodes()
    {
        Dag dag = Graph("a1 a2 a3 a4 b1 b2 b3", "a3-a2 a4-a2 a4-a1 b1-b2 b2-b3");
        string evidence = RuleAssert.Comes(CheckStatus.Fail, "PD002", dag).Evidence;
        Assert.EndsWith("; 2 parts that no edge joins; 1 node in a part of its own: b1", evidence, StringComparison.Ordinal);
    }

    /// <summary>One root proves one part only without a cycle.</summary>
    [Fact]
    public void A_cycle_apart_is_found() => Assert.StartsWith("2 parts that no edge joins",
        RuleAssert.Comes(CheckStatus.Fail, "PD002", Graph("i o a b", "i-o a-b b-a")).Evidence, StringComparison.Ordinal);

    /// <summary>
    /// Prefill and decode of a stated plan may be two parts, one each, unless cache or tokens pass somewhere; not three.
    /// </summary>
    [Theory]
    [InlineData("i-o i2-n2 n2-o2 i-n n-o", true, true)]
    [InlineData("i-o i2-n2 n2-o2 i-n n-o", false, false)]
    [InlineData("i-o i2-n2 n2-o2 i-n n-o i=n", true, false)]
    [InlineData("i-o i2-n2 n2-o2 i-n n-o i^n", true, false)]
    [InlineData("i-o i2-o2 i-n n-o", true, false)]
    public void Two_phases_that_exchange_nothing_are_two_parts(string edges, bool stated, bool good)
    {
        Dag dag = Graph("i o i2 o2", edges, graph =>
        {
            graph.Node("n", Ops.FfnNorm).Node("n2", Ops.FfnNorm);
            if (stated)
                graph.Phase("prefill", "", (1, 1, "0")).Phase("decode", "", (1, 1, "0"));
        });
        if (edges == "i-o i2-o2 i-n n-o")
            dag = new DagMutator(dag).AddEdge("n2", "n2").Build();
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD002", dag);
    }
}
