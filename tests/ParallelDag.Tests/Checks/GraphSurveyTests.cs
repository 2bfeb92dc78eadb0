using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>What rules share of what they find out about a graph, on small graphs of which it is plain.</summary>
public class GraphSurveyTests
{
    private static readonly PhaseId Prefill = new(PhaseKind.Prefill), Decode = new(PhaseKind.Decode);

    private static GraphSurvey Of(Dag dag) => new(OperatorPart.Of(dag), default);

    private static GraphSurvey Good(string graph) => Of(GraphScript.Good(graph));

    private static GraphSurvey WithPhase(string graph, Func<DagPhase, DagPhase> change) => Of(new DagMutator(GraphScript.Good(graph))
        .WithHeader(header => header with { Phases = [change(header.Phases[0]), .. header.Phases.Skip(1)] }).Build());

    [Fact]
    public void A_phase_whose_axes_do_not_fit_its_GPUs_has_no_mesh_but_a_fault()
    {
        Assert.Equal([Prefill, Decode], Good("apart").Meshes.Keys.Order());
        Assert.Empty(Good("apart").MeshFaults);
        GraphSurvey survey = WithPhase("apart", phase => phase with { Axes = new Dictionary<string, int>(phase.Axes) { ["tp"] = 4 } });
        Assert.Equal([Decode], survey.Meshes.Keys);
        Assert.Equal("prefill: the axes multiply to 4 ranks on 1 GPUs", Assert.Single(survey.MeshFaults));
        Assert.Same(survey.Meshes[Decode], survey.MeshOf(null));
        Assert.Null(survey.MeshOf(Prefill));
        Assert.Null(Good("apart").MeshOf(null));
    }

    [Theory]
    [InlineData("digraph { a [label=MLP] }", true)]
    [InlineData("digraph { a [label=MLP, kind=computation] }", false)]
    [InlineData("digraph { a [label=MLP, kind=computation]; b [label=Norm] }", true)]
    public void A_drawing_has_a_node_that_does_not_state_its_kind(string text, bool drawn) =>
        Assert.Equal(drawn, Of(DotReader.Read(text, "a.dot")).IsDrawing);

    [Fact]
    public void A_graph_states_its_plan_with_stages_and_operators()
    {
        Assert.True(Good("apart").IsStated);
        Assert.True(Of(SmallDag.Build()).IsStated);
        Assert.False(Of(GraphScript.Changed("apart", "header")).IsStated);
        Assert.False(WithPhase("apart", phase => phase with { Stages = [] }).IsStated);
        Assert.True(Of(GraphScript.Changed("parallel", "drop prefill_l1_ffn")).IsStated);
        Assert.True(Of(GraphScript.Changed("parallel",
            "drop prefill_l1_att; drop prefill_l1_qkv; drop prefill_l1_output")).IsStated);
        Assert.False(Of(GraphScript.Changed("parallel", "drop prefill_l1")).IsStated);
    }

    [Fact]
    public void A_phase_has_sets_where_one_is_numbered()
    {
        Assert.False(Good("apart").HasSets);
        Assert.True(WithPhase("apart", phase => phase with { Phase = new PhaseId(PhaseKind.Prefill, 1) }).HasSets);
    }

    [Fact]
    public void A_cache_is_split_where_decode_splits_it()
    {
        Assert.True(Good("split cache").SplitsCache);
        Assert.False(Good("apart").SplitsCache);
        Assert.False(Good("pipeline").SplitsCache);
    }

    [Theory]
    [InlineData("")]
    [InlineData("- prefill_l1_kv_transfer > decode_l1_attention")]
    public void A_transfer_hands_over_to_the_mesh_of_decode(string changes)
    {
        GraphSurvey survey = Of(GraphScript.Changed("apart", changes));
        Assert.Same(survey.Meshes[Decode], survey.ReceivingMesh(survey.Dag.FindNode("prefill_l1_kv_transfer")!.Value.Index));
    }

    /// <summary>Two sets of decode: the one that reads is meant, not the first.</summary>
    [Fact]
    public void A_transfer_hands_over_to_the_set_that_reads()
    {
        var parts = new DagMutator(GraphScript.Good("apart"));
        parts.Header = parts.Header with
        {
            Phases = [parts.Header.Phases[0], parts.Header.Phases[1] with { Phase = new PhaseId(PhaseKind.Decode, 1) },
                parts.Header.Phases[1] with { Phase = new PhaseId(PhaseKind.Decode, 2) }],
        };
        parts.Scope("decode_l1_attention", scope => scope with { Phase = new PhaseId(PhaseKind.Decode, 2) });
        GraphSurvey survey = Of(parts.Build());
        int transfer = survey.Dag.FindNode("prefill_l1_kv_transfer")!.Value.Index;
        Assert.Same(survey.Meshes[new PhaseId(PhaseKind.Decode, 2)], survey.ReceivingMesh(transfer));
        Assert.Same(survey.Meshes[new PhaseId(PhaseKind.Decode, 1)], survey.ReceivingMesh(0));
        Assert.Null(Good("pipeline").ReceivingMesh(0));
    }

    [Fact]
    public void A_phase_is_simulated_once_where_times_are_told()
    {
        GraphSurvey survey = Good("apart");
        Assert.NotNull(survey.Simulate(Prefill));
        Assert.Same(survey.Simulate(Prefill), survey.Simulate(Prefill));
        Assert.NotSame(survey.Simulate(Prefill), survey.Simulate(Decode));
        Assert.Null(Good("overview").Simulate(Prefill));
        Assert.Null(Of(GraphScript.Changed("apart", "")).Simulate(Prefill));
    }

    [Fact]
    public void A_cycle_is_found_where_there_is_one()
    {
        Assert.Empty(Good("apart").Cycle);
        Assert.Equal(2, Of(GraphScript.Changed("apart", "+ prefill_l1_ffn_down > prefill_l1_ffn_up")).Cycle.Length);
    }

    [Fact]
    public void All_nodes_ascend() => Assert.Equal(Enumerable.Range(0, 31), Good("apart").AllNodes);

    [Fact]
    public void Sections_are_compared_in_graphs_of_plans_alone()
    {
        Assert.NotNull(Good("alike").Alike);
        Assert.NotNull(Good("alike").AlikeInStages);
        Assert.Same(Good("overview").Alike, null);
        Assert.Null(Of(GraphScript.Changed("alike", "header")).Alike);
    }
}
