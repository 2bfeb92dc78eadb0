namespace ParallelDag.Tests.Checks;

/// <summary>
/// Residual adds have two producers, kv edges lead from a maker to a reader of one layer, decode attends what it was handed.
/// </summary>
public class ResidualsAndCachesTests
{
    /// <summary>
    /// 64 positions are handed over and 72 attended; where a cache is split by token, one less than the share of 32 is enough.
    /// </summary>
    [Theory]
    [InlineData("moe", "", "pass: 8 residual adds with two producers each; 4 kv edges within their layers")]
    [InlineData("alike", "", "pass: 16 residual adds with two producers each; 0 kv edges within their layers")]
    [InlineData("apart", "", "pass: 4 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("overview", "", "pass: 0 residual adds with two producers each; 1 kv edge within their layers")]
    [InlineData("parallel", "", "pass: 1 residual add with two producers each; 0 kv edges within their layers")]
    [InlineData("moe",
        "- prefill_s1_embedding_all_reduce > prefill_l1_attention_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_attention_residual (only prefill_l1_attention_all_reduce: add "
            + "the edge from the stream before the block)",
        "prefill_l1_attention_residual")]
    [InlineData("moe",
        "- prefill_l1_attention_all_reduce > prefill_l1_attention_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_attention_residual (only prefill_s1_embedding_all_reduce: add "
            + "the edge from the stream before the block)",
        "prefill_l1_attention_residual")]
    [InlineData("moe",
        "- prefill_l1_attention_residual > prefill_l1_ffn_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_ffn_residual (only prefill_l1_ffn_all_reduce: add the edge "
            + "from the stream before the block)",
        "prefill_l1_ffn_residual")]
    [InlineData("moe",
        "- prefill_l1_ffn_all_reduce > prefill_l1_ffn_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_ffn_residual (only prefill_l1_attention_residual: add the "
            + "edge from the block's output)",
        "prefill_l1_ffn_residual")]
    [InlineData("moe",
        "- prefill_l1_ffn_all_reduce > prefill_l1_ffn_residual; - prefill_l1_attention_residual > prefill_l1_ffn_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_ffn_residual (0)",
        "prefill_l1_ffn_residual")]
    [InlineData("moe",
        "+ prefill_l1_attention_norm > prefill_l1_attention_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_attention_residual (3)",
        "prefill_l1_attention_residual")]
    [InlineData("moe",
        "+ prefill_l1_attention_norm > prefill_l1_attention_residual order",
        "pass: 8 residual adds with two producers each; 4 kv edges within their layers")]
    [InlineData("moe",
        "+ prefill_l1_attention_norm > prefill_l1_ffn_residual",
        "pass: 8 residual adds with two producers each; 4 kv edges within their layers")]
    [InlineData("moe",
        "+ prefill_l1_attention_norm > prefill_l1_ffn_residual; + prefill_l1_ffn_norm > prefill_l1_ffn_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_ffn_residual (4)",
        "prefill_l1_ffn_residual")]
    [InlineData("moe",
        "+ prefill_l1_ffn_residual > prefill_l2_ffn_residual",
        "pass: 8 residual adds with two producers each; 4 kv edges within their layers")]
    [InlineData("moe",
        "op prefill_l1_ffn_norm none; + prefill_l1_ffn_norm > prefill_l1_attention_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_attention_residual (3)",
        "prefill_l1_attention_residual")]
    [InlineData("moe",
        "op prefill_l1_ffn_norm none; op prefill_l1_attention_norm none; + prefill_l1_ffn_norm > prefill_l1_ffn_residual; + "
            + "prefill_l1_attention_norm > prefill_l1_ffn_residual",
        "fail: 1 node that adds other than two producers: prefill_l1_ffn_residual (4)",
        "prefill_l1_ffn_residual")]
    [InlineData("moe",
        "+ prefill_l1_qkv_projection_tp0 > decode_l2_attention_tp0 kv",
        "fail: 1 edge of kind kv between different layers: prefill_l1_qkv_projection_tp0 -> decode_l2_attention_tp0 (layer 1 to 2)",
        "| prefill_l1_qkv_projection_tp0>decode_l2_attention_tp0")]
    [InlineData("moe",
        "+ prefill_l1_qkv_projection_tp0 > prefill_l1_attention_tp0 kv",
        "fail: 1 edge of kind kv within a phase, though no cache is handed over: prefill_l1_qkv_projection_tp0 -> "
            + "prefill_l1_attention_tp0 (qkv_projection to attention)",
        "| prefill_l1_qkv_projection_tp0>prefill_l1_attention_tp0")]
    [InlineData("moe",
        "+ prefill_l1_ffn_norm > decode_l1_attention_tp0 kv",
        "fail: 1 edge of kind kv that does not lead from a cache's maker to its reader: prefill_l1_ffn_norm -> "
            + "decode_l1_attention_tp0 (ffn_norm to attention)",
        "| prefill_l1_ffn_norm>decode_l1_attention_tp0")]
    [InlineData("moe",
        "+ prefill_l1_qkv_projection_tp0 > decode_l1_ffn_norm kv",
        "fail: 1 edge of kind kv that does not lead from a cache's maker to its reader: prefill_l1_qkv_projection_tp0 -> "
            + "decode_l1_ffn_norm (qkv_projection to ffn_norm)",
        "| prefill_l1_qkv_projection_tp0>decode_l1_ffn_norm")]
    [InlineData("moe",
        "+ prefill_l1_ffn_norm > decode_l1_ffn_norm kv",
        "fail: 1 edge of kind kv that does not lead from a cache's maker to its reader: prefill_l1_ffn_norm -> decode_l1_ffn_norm "
            + "(ffn_norm to ffn_norm)",
        "| prefill_l1_ffn_norm>decode_l1_ffn_norm")]
    [InlineData("moe",
        "op prefill_l1_ffn_norm none; + prefill_l1_ffn_norm > decode_l1_attention_tp0 kv",
        "pass: 8 residual adds with two producers each; 5 kv edges within their layers")]
    [InlineData("moe",
        "op decode_l1_ffn_norm none; + prefill_l1_qkv_projection_tp0 > decode_l1_ffn_norm kv",
        "pass: 8 residual adds with two producers each; 5 kv edges within their layers")]
    [InlineData("moe",
        "layer prefill_l1_qkv_projection_tp0 none",
        "pass: 8 residual adds with two producers each; 4 kv edges within their layers")]
    [InlineData("moe",
        "+ prefill_l1_attention_all_reduce > decode_l1_attention_tp0 kv",
        "fail: 1 edge of kind kv that does not lead from a cache's maker to its reader: prefill_l1_attention_all_reduce -> "
            + "decode_l1_attention_tp0 (attention_all_reduce to attention)",
        "| prefill_l1_attention_all_reduce>decode_l1_attention_tp0")]
    [InlineData("moe",
        "detail overview; + prefill_l1_ffn_norm > decode_l1_attention_tp0 kv; + prefill_l1_qkv_projection_tp0 > "
            + "decode_l2_attention_tp0 kv",
        "fail: 1 edge of kind kv between different layers: prefill_l1_qkv_projection_tp0 -> decode_l2_attention_tp0 (layer 1 to 2)",
        "| prefill_l1_qkv_projection_tp0>decode_l2_attention_tp0")]
    [InlineData("apart",
        "copy prefill_l1_kv_transfer x; + prefill_l1_kv_transfer > x kv",
        "fail: 1 edge of kind kv that does not lead from a cache's maker to its reader: prefill_l1_kv_transfer -> x (kv_transfer "
            + "to kv_transfer)",
        "| prefill_l1_kv_transfer>x")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention (72 of 73)",
        "decode_l1_attention")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer V [batch_size=8, seq_len=73, kv_heads=4, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention (72 of 73)",
        "decode_l1_attention")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer W [batch_size=8, seq_len=73, kv_heads=4, d_k=8]",
        "pass: 4 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]; layer prefill_l1_kv_transfer none",
        "pass: 4 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]; phase prefill_l1_kv_transfer decode",
        "pass: 4 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]; - prefill_l1_kv_transfer > decode_l1_attention",
        "pass: 4 residual adds with two producers each; 1 kv edge within their layers")]
    [InlineData("apart",
        "copy prefill_l1_kv_transfer x; out x K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention (72 of 73)",
        "decode_l1_attention")]
    [InlineData("apart",
        "copy prefill_l1_kv_transfer x; out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention (72 of 73)",
        "decode_l1_attention")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=73, kv_heads=4, d_k=8]; detail overview",
        "pass: 0 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("split cache", "", "pass: 8 residual adds with two producers each; 8 kv edges within their layers")]
    [InlineData("apart",
        "in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=63, kv_heads=4, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention (63 of 64)",
        "decode_l1_attention")]
    [InlineData("apart",
        "in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=64, kv_heads=4, d_k=8]",
        "pass: 4 residual adds with two producers each; 2 kv edges within their layers")]
    [InlineData("parallel",
        "header; drop prefill_l1; drop prefill_s1_embedding; drop prefill_s1_final; drop prefill_s1_lm; drop prefill_s1_sampling",
        "skipped: not checked: no operator on any node")]
    [InlineData("alike experts", "", "pass: 32 residual adds with two producers each; 8 kv edges within their layers")]
    [InlineData("split cache",
        "in decode_l1_attention_dcp0 Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=31, kv_heads=1, d_k=8]",
        "pass: 8 residual adds with two producers each; 8 kv edges within their layers")]
    [InlineData("split cache",
        "in decode_l1_attention_dcp0 Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=30, kv_heads=1, d_k=8]",
        "fail: 1 node that attends fewer positions than were handed over: decode_l1_attention_dcp0 (30 of 32)",
        "decode_l1_attention_dcp0")]
    public void A_producer_a_cache_or_a_position_that_is_missing_is_named(
        string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD016"));

    /// <summary>Dashes, dots and layers on the edge say that something is left out.</summary>
    [Theory]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [style=dashed]",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [style=dotted]",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [style=bold]",
        "fail: 1 node of a residual add with one producer: r (line 1) (only a (line 1): add the edge of the stream around the "
            + "block)",
        "r")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [label=\"..\"]",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [label=\"…\"]",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [label=\"Layers 2-3\"]",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r [label=\"b=4\"]",
        "fail: 1 node of a residual add with one producer: r (line 1) (only a (line 1): add the edge of the stream around the "
            + "block)",
        "r")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; a -> r; a -> r",
        "fail: 1 node of a residual add with one producer: r (line 1) (only a (line 1): add the edge of the stream around the "
            + "block)",
        "r")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; z [label=MLP]; a -> z [style=dashed]; a -> r",
        "fail: 1 node of a residual add with one producer: r (line 1) (only a (line 1): add the edge of the stream around the "
            + "block)",
        "r")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; b [label=MLP]; a -> r; b -> r",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData(
        "a [label=\"Norm\"]; r [label=\"Residual Add\"]; r -> a",
        "pass: 1 residual add with two producers at least; 0 kv edges within their layers")]
    [InlineData("a [label=\"Norm\"]; b [label=\"MLP\"]; b -> a", "skipped: not checked: no operator on any node")]
    [InlineData(
        "a [op=attention_norm, layer=1]; b [op=ffn_norm, layer=1]; b -> a",
        "skipped: not checked: no residual add and no kv edge that the graph names")]
    [InlineData(
        "a [op=qkv_projection, phase=prefill, layer=1]; b [op=attention, phase=decode, layer=1]; a -> b [kind=kv]",
        "pass: 0 residual adds with two producers each; 1 kv edge within their layers")]
    public void A_drawn_residual_add_has_two_producers_or_an_edge_that_leaves_out_layers(
        string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD016"));
}
