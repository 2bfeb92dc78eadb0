using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Item 1 of PD023: the nodes of a step cover the GPUs 0-3 of their stage once each, and stand for as many members.</summary>
public class StepCoverTests
{
    private static RowGraph Graph() => new RowGraph().Phase("prefill", "tp=4", (1, 2, "0-3"));

    private static RowGraph Norm(RowGraph graph, string id, string gpus, long members, string place = "prefill s1 l1") =>
        graph.Node(id, Ops.FfnNorm, place, gpus, change: facts => facts with { Members = members });

    /// <summary>What is said of every section, and how many steps there are.</summary>
    private static (string Evidence, long Steps, IReadOnlyList<string> Nodes) Check(
        RowGraph graph, DetailLevel detail = DetailLevel.Operator)
    {
        Inspection inspection = RowGraph.Inspect(graph.Build(detail), "PD023");
        var cover = new StepCover(inspection);
        for (int section = 0; section < inspection.Survey.Sections.Count; section++)
            cover.Check(section);
        CheckResult result = inspection.Conclude("good");
        return (result.Evidence, cover.Count, result.Nodes);
    }

    private static void Says(string evidence, RowGraph graph, DetailLevel detail = DetailLevel.Operator) =>
        Assert.Equal(evidence, Check(graph, detail).Evidence);

    [Theory]
    [InlineData("0-3 4", "good")]
    [InlineData("0,2 2;1,3 2", "good")]
    [InlineData("0,2 2;1 1", "prefill layer 1: FFN Norm is missing on GPUs 3 of stage 1; add its shard there")]
    [InlineData("1-3 3", "prefill layer 1: FFN Norm is missing on GPUs 0 of stage 1; add its shard there")]
    [InlineData("0-2 3;2-3 2",
        "1 node that does again what another node of its step does: n2 (FFN Norm on GPU 2, prefill layer 1)")]
    [InlineData("0-2 3;2 1;3 1", "1 node that does again what another node of its step does: n2 (FFN Norm on GPU 2, prefill layer 1)")]
    [InlineData("0-3 4;0 1", "1 node that does again what another node of its step does: n2 (FFN Norm on GPU 0, prefill layer 1)")]
    [InlineData("0-3 4;0-1 2", "1 node that does again what another node of its step does: n2 (FFN Norm on GPU 0, prefill layer 1)")]
    [InlineData("0-4 5", "good")]
    [InlineData("0-2,9 4", "prefill layer 1: FFN Norm is missing on GPUs 3 of stage 1; add its shard there")]
    [InlineData("0-3 3", "1 node that stands for another number of members than it has GPUs or groups: n1 (members 3, GPUs 0-3)")]
    [InlineData("0-3 5", "1 node that stands for another number of members than it has GPUs or groups: n1 (members 5, GPUs 0-3)")]
    [InlineData("0-3 0", "1 node that stands for another number of members than it has GPUs or groups: n1 (members 0, GPUs 0-3)")]
    public void Nodes_of_a_step_cover_their_stage_once(string nodes, string evidence)
    {
        RowGraph graph = Graph();
        int number = 0;
        foreach (string node in nodes.Split(';'))
            Norm(graph, $"n{++number}", node.Split(' ')[0], node.Split(' ')[1][0] - '0');
        Says(evidence, graph);
    }

    [Fact]
    public void A_missing_shard_is_told_at_the_first_node_of_its_step() =>
        Assert.Equal(["n1"], Check(Norm(Norm(Graph(), "n1", "0", 1), "n2", "2-3", 2)).Nodes);

    /// <summary>A node without GPUs ends the look at its step; PD003 names it.</summary>
    [Fact]
    public void A_step_with_a_node_without_GPUs_is_left_alone()
    {
        RowGraph graph = Graph().Node("a", Ops.FfnNorm, "prefill s1 l1").Node("b", Ops.FfnNorm, "prefill s1 l1", "0");
        Says("good", graph);
    }

    /// <summary>A device node stands for itself.</summary>
    [Theory]
    [InlineData(1, "good")]
    [InlineData(4, "1 node that stands for another number of members than it has GPUs or groups: n0 (members 4, GPUs 0-3)")]
    public void A_device_node_stands_for_one(int members, string evidence)
    {
        RowGraph graph = Graph();
        if (members == 1)
        {
            for (int gpu = 0; gpu < 4; gpu++)
                Norm(graph, $"n{gpu}", $"{gpu}", 1);
        }
        else
        {
            Norm(graph, "n0", "0-3", members);
        }

        Says(evidence, graph, DetailLevel.Device);
    }

    /// <summary>A block of an overview stands for its members in every layer and micro-batch.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(6, false)]
    [InlineData(0, false)]
    public void A_block_of_an_overview_stands_for_several_times_its_members(int members, bool good) => Assert.Equal(good,
        Check(Norm(Graph(), "n1", "0-3", members, "prefill s1 r1-2"), DetailLevel.Overview).Evidence == "good");

    /// <summary>A collective of groups of so many stands for its groups; ends of the graph for themselves.</summary>
    [Theory]
    [InlineData(Ops.FfnAllReduce, 2, 2, true)]
    [InlineData(Ops.FfnAllReduce, 2, 4, false)]
    [InlineData(Ops.FfnAllReduce, 4, 1, true)]
    [InlineData(Ops.FfnAllReduce, 1, 4, true)]
    [InlineData(Ops.FfnAllReduce, 0, 4, false)]
    [InlineData(Ops.FfnAllReduce, 0, 0, false)]
    [InlineData(Ops.FfnAllReduce, 8, 0, false)]
    [InlineData(Ops.Input, 0, 1, true)]
    [InlineData(Ops.Output, 0, 1, true)]
    [InlineData(Ops.Input, 0, 4, false)]
    [InlineData(Ops.Output, 0, 4, false)]
    public void Collectives_stand_for_their_groups(string op, int size, int members, bool good) => Assert.Equal(good,
        Check(Graph().Node("n1", op, "prefill s1", "0-3", change: facts => facts with { GroupSize = size, Members = members }))
            .Evidence == "good");

    /// <summary>Sends have GPUs of two stages, transfers those that they need: neither covers a stage, both tell their members.</summary>
    [Theory]
    [InlineData(Ops.PipelineSendRecv, "3-4", 1, "good")]
    [InlineData(Ops.PipelineSendRecv, "3-4", 2,
        "1 node that stands for another number of members than it has GPUs or groups: n1 (members 2, GPUs 3-4)")]
    [InlineData(Ops.PipelineSendRecv, null, 2, "good")]
    [InlineData(Ops.KvTransfer, "3-4", 1, "good")]
    [InlineData(Ops.KvTransfer, "3-4", 2, "good")]
    [InlineData(Ops.KvTransfer, "3-4", 0,
        "1 node that stands for another number of members than it has GPUs or groups: n1 (members 0, GPUs 3-4)")]
    [InlineData(Ops.KvTransfer, "3-4", 3,
        "1 node that stands for another number of members than it has GPUs or groups: n1 (members 3, GPUs 3-4)")]
    public void Sends_and_transfers_need_not_cover_a_stage(string op, string? gpus, int members, string evidence) => Says(evidence,
        Graph().Node("n1", op, "prefill s1", gpus, change: facts => facts with { GroupSize = 2, Members = members }));

    [Theory]
    [InlineData("prefill s2", "1 node of a stage that prefill does not have: n1 (stage 2)")]
    [InlineData("prefill", "1 node of a stage that prefill does not have: n1 (none)")]
    [InlineData("decode s1", "good")]
    public void Nodes_stand_in_a_stage_of_their_phase(string place, string evidence) => Says(evidence, Norm(Graph(), "n1", "0", 1, place));

    [Fact]
    public void A_node_whose_operator_is_not_known_is_named()
    {
        RowGraph graph = Norm(Graph(), "a", "0-3", 4).Node("b", "mystery", "prefill s1 l1", "0-3");
        Says("1 node that does not tell its operator: b (mystery)", graph);
    }

    /// <summary>A step is an operator of a section: those of layers 1 and 2 count apart, nodes of one step once.</summary>
    [Fact]
    public void Steps_are_counted_once_a_section()
    {
        RowGraph graph = Graph();
        foreach (string layer in new[] { "l1", "l2" })
        {
            Norm(graph, $"{layer}a", "0-1", 2, $"prefill s1 {layer}");
            graph.Node($"{layer}up", Ops.FfnUp, $"prefill s1 {layer}", "0-3", change: facts => facts with { Members = 4 });
            Norm(graph, $"{layer}b", "2-3", 2, $"prefill s1 {layer}");
        }

        Assert.Equal(("good", 4), (Check(graph).Evidence, Check(graph).Steps));
    }

    /// <summary>A section is asked for its own steps alone.</summary>
    [Fact]
    public void Sections_may_have_other_steps()
    {
        RowGraph graph = Norm(Graph(), "a", "0-3", 4)
            .Node("b", Ops.FfnUp, "prefill s1 l2", "0-3", change: facts => facts with { Members = 4 });
        Assert.Equal(("good", 2), (Check(graph).Evidence, Check(graph).Steps));
    }

    /// <summary>
    /// Three layers that are alike, a node of each a row: one that is good stands for the others, a fault of one is told of each.
    /// </summary>
    [Theory]
    [InlineData("ffn_norm 0-3 4;ffn_up 0-3 4", "good")]
    [InlineData("ffn_norm 0-2 3", "prefill layer 1: FFN Norm is missing on GPUs 3 of stage 1; add its shard there; prefill layer 2: FFN")]
    [InlineData("ffn_norm 0-3 4;ffn_norm 3 1", "3 nodes that do again what another node of their step does: ")]
    [InlineData("ffn_norm 0-3 3", "3 nodes that stand for another number of members than they have GPUs or groups: ")]
    [InlineData("ffn_norm 0-3 4;mystery 0-3 4", "3 nodes that do not tell their operator: ")]
    [InlineData("ffn_norm 0-3 4;pipeline_send_recv 0-3 9", "3 nodes that stand for another number of members than they have GPUs")]
    [InlineData("pipeline_send_recv 0-3 9;ffn_norm 0-3 4", "3 nodes that stand for another number of members than they have GPUs")]
    public void Layers_that_are_alike_are_told_apart_where_one_has_a_fault(string nodes, string evidence)
    {
        var builder = new DagBuilder();
        string[][] rows = [.. nodes.Split(';').Select(row => row.Split(' '))];
        int[] facts = [.. rows.Select(row => builder.AddFacts(new NodeFacts
        {
            Op = row[0], Name = Ops.Find(row[0])?.Title ?? row[0], Kind = NodeKind.Computation, Members = row[2][0] - '0',
        }))];
        for (int layer = 1; layer <= 3; layer++)
        {
            int scope = builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 1, Layer = layer });
            for (int row = 0; row < rows.Length; row++)
                builder.AddNode($"l{layer}{row}", facts[row], scope, builder.AddGpus(GpuSet.Parse(rows[row][1])));
        }

        Inspection inspection = RowGraph.Inspect(
            builder.Build(new DagHeader { Name = "alike", Phases = [RowGraph.PhaseOf("prefill", "tp=4", (1, 3, "0-3"))] }), "PD023");
        Assert.Equal(0, inspection.Alike!.ModelOf(2));
        var cover = new StepCover(inspection);
        for (int section = 0; section < 3; section++)
            cover.Check(section);
        Assert.StartsWith(evidence, inspection.Conclude("good").Evidence, StringComparison.Ordinal);
        Assert.Equal(3 * rows.Where(row => row[0] != "mystery").DistinctBy(row => row[0]).Count(), cover.Count);
    }

    /// <summary>A fault of one section is not carried into the next: marks and lists start anew.</summary>
    [Fact]
    public void Sections_are_judged_by_themselves()
    {
        RowGraph graph = Norm(Norm(Graph(), "a", "0-2", 3), "b", "0-3", 4, "prefill s1 l2");
        Says("prefill layer 1: FFN Norm is missing on GPUs 3 of stage 1; add its shard there", graph);
    }
}
