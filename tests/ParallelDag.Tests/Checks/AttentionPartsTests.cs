namespace ParallelDag.Tests.Checks;

/// <summary>Every layer with attention has its projection, its core and its output projection as nodes of their own.</summary>
public class AttentionPartsTests
{
    /// <summary>A layer of which no part is left has no attention.</summary>
    [Theory]
    [InlineData("moe",
        "",
        "pass: 4 layers of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    [InlineData("alike",
        "",
        "pass: 8 layers of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    [InlineData("overview", "", "pass: an overview draws attention as a block")]
    [InlineData("moe",
        "drop prefill_l1_qkv",
        "fail: 1 node of attention without a projection of queries, keys and values: prefill_l1_attention_tp0 (prefill layer 1: "
            + "draw it as a node of its own)",
        "prefill_l1_attention_tp0")]
    [InlineData("moe",
        "drop prefill_l1_attention_tp",
        "fail: 1 node of attention without its core: prefill_l1_qkv_projection_tp0 (prefill layer 1: draw it as a node of its own)",
        "prefill_l1_qkv_projection_tp0")]
    [InlineData("moe",
        "drop prefill_l1_output",
        "fail: 1 node of attention without its output projection: prefill_l1_qkv_projection_tp0 (prefill layer 1: draw it as a "
            + "node of its own)",
        "prefill_l1_qkv_projection_tp0")]
    [InlineData("moe",
        "drop prefill_l1_qkv; drop prefill_l1_attention_tp",
        "fail: 1 node of attention without a projection of queries, keys and values: prefill_l1_output_projection_tp0 (prefill "
            + "layer 1: draw it as a node of its own); 1 node of attention without its core: prefill_l1_output_projection_tp0 "
            + "(prefill layer 1: draw it as a node of its own)",
        "prefill_l1_output_projection_tp0")]
    [InlineData("alike",
        "drop prefill_l3_m0_attention_tp",
        "fail: 1 node of attention without its core: prefill_l3_m0_qkv_projection_tp0 (prefill layer 3: draw it as a node of its "
            + "own)",
        "prefill_l3_m0_qkv_projection_tp0")]
    [InlineData("parallel", "drop prefill_l1_qkv; drop prefill_l1_attention; drop prefill_l1_output", "pass: no layer has a token mixer")]
    [InlineData("parallel", "header; drop prefill_l1", "skipped: not checked: no node that speaks of attention")]
    [InlineData("alike experts",
        "",
        "pass: 16 layers of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    public void A_part_that_is_missing_is_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD026"));

    /// <summary>
    /// An output projection alone may be a head, a collective called attention is none, and a node without a layer may belong to any.
    /// </summary>
    [Theory]
    [InlineData(
        "a [label=\"Layer 1 Attention\"]; b [label=\"Layer 1 QKV Projection\"]; b -> a",
        "pass: 1 layer of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    [InlineData(
        "a [label=\"Layer 1 Attention\"]; b [label=\"Layer 2 QKV Projection\"]; b -> a",
        "fail: 1 node of attention without a projection of queries, keys and values: a (line 1) (layer 1: draw it as a node of its "
            + "own); 1 node of attention without its core: b (line 1) (layer 2: draw it as a node of its own)",
        "a b")]
    [InlineData(
        "a [label=\"Attention\"]; b [label=\"Layer 2 QKV Projection\"]; c [label=\"Layer 2 Attention\"]; b -> c -> a",
        "pass: 2 layers of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    [InlineData(
        "a [label=\"Layer 1 Attention All-Gather\", shape=ellipse]; b [label=\"Layer 1 MLP\"]; a -> b",
        "skipped: not checked: no node that speaks of attention")]
    [InlineData(
        "a [label=\"Layer 1 QKV Projection\"]; b [label=\"Layer 1 MLP\"]; a -> b",
        "fail: 1 node of attention without its core: a (line 1) (layer 1: draw it as a node of its own)",
        "a")]
    [InlineData(
        "a [label=\"Layer 1 Output Projection\"]; b [label=\"Layer 1 MLP\"]; a -> b",
        "skipped: not checked: no node that speaks of attention")]
    [InlineData(
        "a [label=\"Layer 1 Attention\"]; b [label=\"Layer 1 QKV Projection\"]; o [label=\"Layer 1 Output Projection\"]; p "
            + "[label=\"Output Projection\"]; b -> a -> o -> p",
        "pass: 1 layer of phases and micro-batches with projection, core and output of attention as nodes of their own")]
    public void A_drawing_needs_two_of_them(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD026"));
}
