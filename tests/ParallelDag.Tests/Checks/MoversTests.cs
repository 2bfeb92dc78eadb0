using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>What moves data in a drawing of a few boxes and in a generated graph.</summary>
public class MoversTests
{
    private static (Dag Dag, Movers Movers) Drawn(string drawing)
    {
        Dag dag = DotReader.Read($"digraph {{ {drawing} }}", "a.dot");
        return (dag, new Movers(RowGraph.Inspect(dag, "PD022")));
    }

    private static int Row(Dag dag, string id) => dag.Nodes.First(node => node.Id == id).Index;

    [Theory]
    [InlineData("s [label=\"MLP\\nGPU 0\"]", nameof(Mover.None))]
    [InlineData("s [label=\"All-Reduce\\nGPU 0\"]", nameof(Mover.Collective))]
    [InlineData("s [label=\"Send\\nGPU 0\"]", nameof(Mover.Transfer))]
    [InlineData("s [label=\"Input\\nGPU 0\"]", nameof(Mover.End))]
    [InlineData("s [label=\"Output\\nGPU 0\"]", nameof(Mover.End))]
    [InlineData("a [label=\"MLP\\nGPU 0, 1\"]; s [label=\"Send\\nGPU 0, 1\"]; b [label=\"MLP\\nGPU 2, 3\"]; a -> s -> b",
        nameof(Mover.Transfer))]
    [InlineData("a [label=\"MLP\\nGPU 0, 1\"]; s [label=\"Send\\nGPU 2, 3\"]; b [label=\"MLP\\nGPU 2, 3\"]; a -> s -> b",
        nameof(Mover.Transfer))]
    [InlineData("a [label=\"MLP\\nGPU 0, 1\"]; s [label=\"Send\\nGPU 1, 2\"]; b [label=\"MLP\\nGPU 2, 3\"]; a -> s -> b",
        nameof(Mover.Collective))]
    [InlineData("a [label=\"MLP\\nGPU 0\"]; c [label=\"MLP\\nGPU 1\"]; s [label=\"Send\\nGPU 0, 1\"]; b [label=MLP]; a -> s -> b; c -> s",
        nameof(Mover.Transfer))]
    [InlineData("a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 7\"]; b [label=\"MLP\\nGPU 2\"]; a -> s -> b", nameof(Mover.Transfer))]
    public void A_drawn_box_moves_data_or_does_not(string drawing, string mover)
    {
        (Dag dag, Movers movers) = Drawn(drawing);
        Assert.Equal(mover, movers.At(Row(dag, "s")).ToString());
    }

    [Theory]
    [InlineData("prefill_s1_input", nameof(Mover.End), false)]
    [InlineData("prefill_l1_m0_ffn_norm", nameof(Mover.None), false)]
    [InlineData("prefill_l1_m0_ffn_all_reduce", nameof(Mover.Collective), true)]
    [InlineData("prefill_s1_m0_pipeline_send_recv", nameof(Mover.Transfer), false)]
    public void An_operator_moves_data_or_does_not(string id, string mover, bool named)
    {
        Dag dag = GraphScript.Good("pipeline");
        var movers = new Movers(RowGraph.Inspect(dag, "PD022"));
        Assert.Equal(mover, movers.At(Row(dag, id)).ToString());
        Assert.Equal(named, movers.IsNamedCollective(Row(dag, id)));
    }

    /// <summary>Edges 1 and 2 say that they communicate, edge 0 does not.</summary>
    [Fact]
    public void Edges_tell_by_kind_or_label_that_they_communicate()
    {
        (Dag dag, Movers movers) = Drawn("a [label=MLP]; b [label=MLP]; c [label=MLP]; d [label=MLP]; a -> b; b -> c [kind=pipeline]; "
            + "c -> d [label=\"Send\"]");
        Assert.Equal([false, true, true], Enumerable.Range(0, 3).Select(movers.IsTold));
        string[] ids = ["a", "b", "c", "d"];
        Assert.Equal(["b", "c"], ids.Where(id => movers.IsToldFrom(Row(dag, id))));
        Assert.Equal(["c", "d"], ids.Where(id => movers.IsToldTo(Row(dag, id))));
    }

    /// <summary>A gate edge carries tokens only into drawn experts that nothing else leads into.</summary>
    [Theory]
    [InlineData("g [label=\"Gate\"]; e [label=\"Expert 0\"]; g -> e [kind=gate]", true)]
    [InlineData("g [label=\"Gate\"]; e [label=\"MLP\"]; g -> e [kind=gate]", false)]
    [InlineData("g [label=\"Gate\"]; e [label=\"Expert 0\"]; m [label=\"MLP\"]; g -> e [kind=gate]; m -> e", false)]
    [InlineData("g [label=\"Gate\"]; e [label=\"Expert 0\"]; m [label=\"MLP\"]; g -> e [kind=gate]; m -> e [kind=order]", true)]
    public void A_gate_edge_carries_tokens_into_experts_that_take_nothing_else(string drawing, bool carries)
    {
        (Dag dag, Movers movers) = Drawn(drawing);
        int experts = Row(dag, "e");
        foreach (int link in dag.Topology.In(experts))
        {
            bool due = Topology.Kind(link) switch
            {
                EdgeKind.Gate => carries,
                EdgeKind.Order => false,
                _ => true,
            };
            Assert.Equal(due, movers.Carries(link, experts));
        }
    }

    [Fact]
    public void A_gate_edge_of_a_generated_graph_carries_a_choice()
    {
        Dag dag = GraphScript.Good("moe");
        var movers = new Movers(RowGraph.Inspect(dag, "PD022"));
        int experts = Row(dag, "prefill_l1_experts_ep0");
        int[] links = dag.Topology.In(experts).ToArray();
        Assert.Contains(links, link => Topology.Kind(link) == EdgeKind.Gate);
        Assert.All(links, link => Assert.Equal(Topology.Kind(link) != EdgeKind.Gate, movers.Carries(link, experts)));
    }
}
