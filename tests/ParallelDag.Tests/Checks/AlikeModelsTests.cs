using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Which section stands for which: its model is the first that is like it.</summary>
public class AlikeModelsTests
{
    private static GraphSurvey Survey(Dag dag) => new(OperatorPart.Of(dag), default);

    /// <summary>Layer and micro-batch of those that have a model of their own, and how many they stand for.</summary>
    private static string Models(GraphSurvey survey, AlikeSections alike)
    {
        SectionIndex sections = survey.Sections;
        return string.Join(' ', Enumerable.Range(0, sections.Count).GroupBy(alike.ModelOf)
            .Where(models => sections.Scopes[models.Key].Layer is not null)
            .OrderBy(models => (sections.Scopes[models.Key].Layer, sections.Scopes[models.Key].MicroBatch, models.Key))
            .Select(models => FormattableString.Invariant(
                $"l{sections.Scopes[models.Key].Layer}m{sections.Scopes[models.Key].MicroBatch}*{models.Count()}")));
    }

    /// <summary>
    /// Four layers in two micro-batches: the first and the last of both are alike, and so are the four others. What was changed in one of
    /// them stands for itself, and so do the two parts of a layer that lies in two stages, also where two layers were parted alike.
    /// </summary>
    [Theory]
    [InlineData("", "l1m0*2 l2m0*4 l4m0*2")]
    [InlineData("flops prefill_l3_m1_ffn_norm 7", "l1m0*2 l2m0*3 l3m1*1 l4m0*2")]
    [InlineData("flops prefill_l2_m0_ffn_norm 7", "l1m0*2 l2m0*1 l3m0*3 l4m0*2")]
    [InlineData("stage prefill_l4_m0_ffn_residual 2; stage prefill_l4_m1_ffn_residual 2",
        "l1m0*2 l2m0*4 l4m0*1 l4m0*1 l4m1*1 l4m1*1")]
    public void Layers_that_are_alike_have_one_model(string changes, string models)
    {
        Dag dag = GraphScript.Changed("alike", changes);
        GraphSurvey survey = Survey(dag);
        AlikeSections alike = AlikeSections.Of(survey)!;
        Assert.Equal(models, Models(survey, alike));
        Assert.Equal(dag.NodeCount, alike.Nodes.Sum(alike.Weight));
        Assert.Equal(alike.Nodes.Length, alike.Nodes.Distinct().Count());
        Assert.Equal(models, Models(survey, alike.AcrossStages(survey)));
    }

    /// <summary>Five stages of two layers: those of stages 3 and 4 are like those of stage 2, on other GPUs.</summary>
    [Theory]
    [InlineData("", "l1m0*1 l2m0*1 l3m0*3 l4m0*3 l9m0*1 l10m0*1")]
    [InlineData("flops prefill_l5_ffn_up_tp0 7", "l1m0*1 l2m0*1 l3m0*2 l4m0*3 l5m0*1 l9m0*1 l10m0*1")]
    [InlineData("stage prefill_l5_ffn_residual 4; stage prefill_l7_ffn_residual 5",
        "l1m0*1 l2m0*1 l3m0*1 l4m0*1 l5m0*1 l5m0*1 l6m0*2 l7m0*1 l7m0*1 l9m0*1 l10m0*1")]
    public void Stages_that_are_alike_have_one_model(string changes, string models)
    {
        Dag dag = GraphScript.Changed("stages", changes);
        GraphSurvey survey = Survey(dag);
        AlikeSections inStages = AlikeSections.Of(survey)!, alike = inStages.AcrossStages(survey);
        Assert.Equal(models, Models(survey, alike));
        int[] own = [.. Enumerable.Range(0, survey.Sections.Count)];
        Assert.Equal(own, own.Select(inStages.ModelOf));
        Assert.Equal(dag.NodeCount, alike.Nodes.Sum(alike.Weight));
    }

    /// <summary>
    /// Pairs of layers that lie one to five apart: of the first ones of a pair no two are alike. Four of them are remembered, so that the
    /// fifth kind stands for itself whenever it comes.
    /// </summary>
    [Fact]
    public void A_section_is_compared_with_four_others_at_most()
    {
        var graph = new RowGraph().Phase("prefill", "pp=1", (1, 999, "0"));
        int[] apart = [1, 2, 3, 4, 5, 1, 4, 5];
        for (int pair = 0; pair < apart.Length; pair++)
        {
            int layer = (10 * pair) + 10;
            graph.Node($"a{pair}", Ops.FfnNorm, $"prefill s1 l{layer}", "0").Node($"b{pair}", Ops.FfnNorm,
                $"prefill s1 l{layer + apart[pair]}", "0").Edge($"a{pair}", $"b{pair}");
        }

        var shared = new DagMutator(graph.Build());
        for (int node = 0; node < shared.Nodes.Count; node++)
            shared.Nodes[node] = shared.Nodes[node] with { Facts = shared.Nodes[0].Facts };
        GraphSurvey survey = Survey(shared.Build());
        AlikeSections alike = AlikeSections.Of(survey)!;
        int Model(int pair) => alike.ModelOf(survey.Sections.Scopes.FindIndex(scope => scope.Layer == (10 * pair) + 10)) / 2;
        Assert.Equal([0, 1, 2, 3, 4, 0, 3, 7], Enumerable.Range(0, apart.Length).Select(Model));
    }

    [Fact]
    public void An_overview_and_a_drawing_have_no_models()
    {
        Assert.Null(AlikeSections.Of(Survey(GraphScript.Good("overview"))));
        Assert.Null(AlikeSections.Of(Survey(GraphScript.Changed("alike", "header"))));
        Assert.NotNull(AlikeSections.Of(Survey(GraphScript.Good("device"))));
    }
}
