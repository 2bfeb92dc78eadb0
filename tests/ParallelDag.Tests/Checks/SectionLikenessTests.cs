using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// Four layers on two GPUs, two micro-batches: layers 2 and 3 are alike, the first and the last are like none, and neither is a layer of
/// which anything was changed.
/// </summary>
public class SectionLikenessTests
{
    private static bool AreAlike(Dag dag, int layer, int batch, int other, int otherBatch)
    {
        var survey = new GraphSurvey(OperatorPart.Of(dag), default);
        int Section(int layer, int batch) => survey.Sections.Scopes.FindIndex(scope => scope.Layer == layer && scope.MicroBatch == batch);
        return new SectionLikeness(survey).AreAlike(Section(layer, batch), Section(other, otherBatch));
    }

    [Theory]
    [InlineData(2, 0, 3, 0, true)]
    [InlineData(3, 0, 2, 0, true)]
    [InlineData(2, 0, 2, 1, true)]
    [InlineData(2, 1, 3, 0, true)]
    [InlineData(1, 0, 2, 0, false)]
    [InlineData(2, 0, 1, 0, false)]
    [InlineData(3, 0, 4, 0, false)]
    [InlineData(4, 0, 3, 0, false)]
    [InlineData(1, 0, 4, 0, false)]
    public void Layers_are_alike_where_the_same_goes_in_and_out(int layer, int batch, int other, int otherBatch, bool alike) =>
        Assert.Equal(alike, AreAlike(GraphScript.Good("alike"), layer, batch, other, otherBatch));

    [Theory]
    [InlineData("- prefill_l3_m0_attention_norm > prefill_l3_m0_qkv_projection_tp0")]
    [InlineData("- prefill_l3_m0_qkv_projection_tp0 > prefill_l3_m0_attention_tp0; - prefill_l3_m0_qkv_projection_tp1 > "
        + "prefill_l3_m0_attention_tp1; + prefill_l3_m0_qkv_projection_tp0 > prefill_l3_m0_attention_tp1; "
        + "+ prefill_l3_m0_qkv_projection_tp1 > prefill_l3_m0_attention_tp0")]
    [InlineData("- prefill_l2_m0_ffn_residual > prefill_l3_m0_attention_norm; + prefill_l1_m0_ffn_residual > prefill_l3_m0_attention_norm")]
    [InlineData("- prefill_l2_m0_ffn_residual > prefill_l3_m0_attention_norm; + prefill_l2_m1_ffn_residual > prefill_l3_m0_attention_norm")]
    [InlineData("- prefill_l2_m0_ffn_residual > prefill_l3_m0_attention_norm; + prefill_l2_m0_ffn_norm > prefill_l3_m0_attention_norm")]
    [InlineData("- prefill_l2_m0_ffn_residual > prefill_l3_m0_attention_norm; + prefill_l3_m0_ffn_norm > prefill_l3_m0_attention_norm")]
    [InlineData("- prefill_l3_m0_ffn_residual > prefill_l4_m0_attention_norm; + prefill_l3_m0_ffn_residual > prefill_s1_m0_final_norm")]
    [InlineData("gpus prefill_l2_m0_ffn_residual 0")]
    [InlineData("gpus prefill_l4_m0_attention_norm 0")]
    [InlineData("flops prefill_l2_m0_ffn_residual 7")]
    [InlineData("copy prefill_l3_m0_ffn_norm x")]
    [InlineData("copy prefill_l3_m0_ffn_norm x; copy prefill_l3_m1_ffn_norm y; gpus y 0")]
    [InlineData("copy prefill_l3_m0_ffn_norm x; copy prefill_l3_m1_ffn_norm y; flops y 7")]
    [InlineData("copy prefill_l3_m0_ffn_norm x; copy prefill_l3_m1_ffn_norm y; - y > prefill_l3_m1_ffn_up_tp0")]
    [InlineData("layers prefill_l2_m0_ffn_residual 2-2")]
    [InlineData("stage prefill_l2_m0_ffn_residual 2")]
    [InlineData("phase prefill_l2_m0_ffn_residual decode")]
    public void A_layer_with_other_ends_or_nodes_is_not_like_that_of_another_micro_batch(string changes) =>
        Assert.False(AreAlike(GraphScript.Changed("alike", changes), 3, 0, 3, 1));

    /// <summary>The same change in both keeps them alike, also where the nodes of a layer no longer follow each other.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("copy prefill_l3_m0_ffn_norm x; copy prefill_l3_m1_ffn_norm y")]
    [InlineData("remove prefill_l3_m0_ffn_norm; remove prefill_l3_m1_ffn_norm")]
    [InlineData("gpus prefill_l3_m0_ffn_norm 0; gpus prefill_l3_m1_ffn_norm 0")]
    [InlineData("+ prefill_l1_m0_ffn_norm > prefill_l3_m0_attention_norm; + prefill_l1_m1_ffn_norm > prefill_l3_m1_attention_norm")]
    [InlineData("+ prefill_s1_input > prefill_l3_m0_attention_norm; + prefill_s1_m1_embedding_all_reduce > prefill_l1_m1_ffn_norm")]
    [InlineData("gpus prefill_l1_m0_ffn_norm 0")]
    public void Layers_that_were_changed_alike_stay_alike(string changes) =>
        Assert.Equal(!changes.Contains("s1_input", StringComparison.Ordinal),
            AreAlike(GraphScript.Changed("alike", changes), 3, 0, 3, 1));

    /// <summary>Whatever place it has among the nodes and edges, which are compared many at a time.</summary>
    [Fact]
    public void Every_node_and_every_edge_counts()
    {
        Dag good = GraphScript.Good("alike");
        string[] ids = [.. good.Nodes.Where(node => node is { Layer: 3, MicroBatch: 0 }).Select(node => node.Id)];
        Assert.Equal(16, ids.Length);
        foreach (string id in ids)
        {
            Assert.False(AreAlike(new DagMutator(good).Gpus(id, "7").Build(), 3, 0, 3, 1), id);
            Assert.False(AreAlike(new DagMutator(good).Facts(id, facts => facts with { Bytes = 77 }).Build(), 3, 0, 3, 1), id);
        }

        var edges = new DagMutator(good);
        for (int edge = 0; edge < edges.Edges.Count; edge++)
        {
            var own = edges.Edges[edge];
            if (!ids.Contains(edges.Nodes[own.Source].Id) && !ids.Contains(edges.Nodes[own.Target].Id))
                continue;
            edges.Edges[edge] = own with { Kind = EdgeKind.Kv };
            Assert.False(AreAlike(edges.Build(), 3, 0, 3, 1), $"kind of {edge}");
            edges.Edges[edge] = own;
            if (!ids.Contains(edges.Nodes[own.Source].Id))
                continue;
            edges.Edges[edge] = own with { Facts = own.Facts with { Bytes = own.Facts.Bytes + 1 } };
            Assert.False(AreAlike(edges.Build(), 3, 0, 3, 1), $"bytes of {edge}");
            edges.Edges[edge] = own with { Facts = own.Facts with { Style = "bold" } };
            Assert.False(AreAlike(edges.Build(), 3, 0, 3, 1), $"style of {edge}");
            edges.Edges[edge] = own;
        }

        Assert.True(AreAlike(edges.Build(), 3, 0, 3, 1));
    }

    /// <summary>Ten layers on five stages of two GPUs: layers 3 and 4 are stage 2, 5 and 6 stage 3, 7 and 8 stage 4.</summary>
    [Theory]
    [InlineData("", 3, 5, true)]
    [InlineData("", 4, 6, true)]
    [InlineData("", 3, 7, true)]
    [InlineData("", 5, 7, true)]
    [InlineData("", 3, 4, false)]
    [InlineData("", 3, 6, false)]
    [InlineData("", 4, 5, false)]
    [InlineData("gpus prefill_l5_attention_norm 2-3", 3, 5, false)]
    [InlineData("gpus prefill_l5_attention_norm 4", 3, 5, false)]
    [InlineData("gpus prefill_l5_attention_tp0 5; gpus prefill_l5_attention_tp1 4", 3, 5, false)]
    [InlineData("gpus prefill_l5_attention_norm none", 3, 5, false)]
    [InlineData("gpus prefill_s2_pipeline_send_recv 2-4", 3, 5, false)]
    [InlineData("gpus prefill_s2_pipeline_send_recv 2-4", 3, 7, true)]
    [InlineData("gpus prefill_s2_pipeline_send_recv 2-4", 4, 6, false)]
    [InlineData("gpus prefill_s2_pipeline_send_recv 2-4", 5, 7, false)]
    [InlineData("- prefill_s2_pipeline_send_recv > prefill_l5_attention_norm; + prefill_s1_pipeline_send_recv > prefill_l5_attention_norm",
        5, 7, false)]
    [InlineData("- prefill_l4_ffn_residual > prefill_s2_pipeline_send_recv; + prefill_l4_ffn_residual > prefill_s3_pipeline_send_recv",
        4, 6, false)]
    public void Layers_of_stages_between_the_first_and_the_last_are_alike(string changes, int layer, int other, bool alike)
    {
        Dag dag = GraphScript.Changed("stages", changes);
        var survey = new GraphSurvey(OperatorPart.Of(dag), default);
        SectionGpus gpus = SectionGpus.Of(survey, dag.Phases[0])!;
        int Section(int layer) => survey.Sections.Scopes.FindIndex(scope => scope.Layer == layer);
        var likeness = new SectionLikeness(survey);
        Assert.Equal(alike, likeness.AreAlike(Section(layer), Section(other), gpus));
        Assert.Equal(alike, likeness.AreAlike(Section(layer), Section(other), gpus));
        Assert.Equal(layer == other, likeness.AreAlike(Section(layer), Section(other)));
    }
}
