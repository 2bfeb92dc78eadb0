namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD005 on generated graphs, each damaged in one way: of eight sequences of 64 positions two ranks or micro-batches have four each, and a
/// decode step sees a cache of 72 positions.
/// </summary>
public class DimensionsConservedTests
{
    [Theory]
    [InlineData(
        "moe",
        "",
        "pass: 124 data edges carry what their consumers take; 20 collectives change dimensions and placements as their kinds "
            + "and group sizes say")]
    [InlineData(
        "moe",
        "+ prefill_l1_ffn_norm > prefill_s1_output",
        "fail: 1 edge whose consumer takes other dimensions: prefill_l1_ffn_norm -> prefill_s1_output ([batch_size=4, seq_len=64, "
            + "hidden=64] for [batch_size=8, seq_len=1])",
        "prefill_l1_ffn_norm prefill_s1_output | prefill_l1_ffn_norm>prefill_s1_output")]
    [InlineData(
        "pipeline",
        "remove prefill_s1_m1_embedding_tp0; remove prefill_s1_m1_embedding_tp1",
        "fail: 1 node that takes a tensor which no producer yields: prefill_s1_m1_embedding_all_reduce ([batch_size=4, "
            + "seq_len=64, hidden=64]); the micro-batches of prefill read 4 of the 8 sequences of its Input",
        "prefill_s1_m1_embedding_all_reduce")]
    [InlineData(
        "moe",
        "- prefill_s1_split > prefill_s1_embedding_tp0; - prefill_s1_split > prefill_s1_embedding_tp1",
        "fail: 2 nodes that take a tensor which no producer yields: prefill_s1_embedding_tp0 ([batch_size=4, seq_len=64]), "
            + "prefill_s1_embedding_tp1 ([batch_size=4, seq_len=64])",
        "prefill_s1_embedding_tp0 prefill_s1_embedding_tp1")]
    [InlineData(
        "pipeline",
        "- prefill_s1_input > prefill_s1_m1_embedding_tp0; - prefill_s1_input > prefill_s1_m1_embedding_tp1",
        "fail: 2 nodes that take a tensor which no producer yields: prefill_s1_m1_embedding_tp0 ([batch_size=4, seq_len=64]), "
            + "prefill_s1_m1_embedding_tp1 ([batch_size=4, seq_len=64]); the micro-batches of prefill read 4 of the 8 sequences "
            + "of its Input",
        "prefill_s1_m1_embedding_tp0 prefill_s1_m1_embedding_tp1")]
    [InlineData(
        "pipeline",
        "- prefill_s1_input > prefill_s1_m1_embedding_tp0",
        "fail: 1 node that takes a tensor which no producer yields: prefill_s1_m1_embedding_tp0 ([batch_size=4, seq_len=64])",
        "prefill_s1_m1_embedding_tp0")]
    [InlineData(
        "pipeline",
        "out prefill_s1_input [batch_size=9, seq_len=64]",
        "fail: 1 node that disagrees with the rest of prefill on the batch: prefill_s3_output (batch_size 8, elsewhere 9); the "
            + "micro-batches of prefill read 8 of the 9 sequences of its Input",
        "prefill_s3_output")]
    [InlineData(
        "pipeline",
        "out prefill_s1_input [batch_size=?, seq_len=64]",
        "pass: 146 data edges carry what their consumers take; 20 collectives change dimensions and placements as their kinds "
            + "and group sizes say")]
    [InlineData(
        "chunks",
        "",
        "pass: 104 data edges carry what their consumers take; 4 collectives change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_ffn_up_tp0 > prefill_l1_m0_ffn_residual",
        "fail: 1 edge whose consumer takes other dimensions: prefill_l1_m0_ffn_up_tp0 -> prefill_l1_m0_ffn_residual "
            + "([batch_size=4, seq_len=64, ffn=64] for [batch_size=4, seq_len=64, hidden=64])",
        "prefill_l1_m0_ffn_up_tp0 prefill_l1_m0_ffn_residual | prefill_l1_m0_ffn_up_tp0>prefill_l1_m0_ffn_residual")]
    [InlineData(
        "pipeline",
        "- prefill_l1_m0_qkv_projection_tp0 > prefill_l1_m0_attention_tp0",
        "fail: 1 node that takes a tensor which no producer yields: prefill_l1_m0_attention_tp0 (Q [batch_size=4, seq_len=64, "
            + "heads=4, d_k=8]); 3 nodes with a tensor that nobody takes: prefill_l1_m0_qkv_projection_tp0 (Q [batch_size=4, "
            + "seq_len=64, heads=4, d_k=8]), prefill_l1_m0_qkv_projection_tp0 (K [batch_size=4, seq_len=64, kv_heads=2, d_k=8]), "
            + "prefill_l1_m0_qkv_projection_tp0 (V [batch_size=4, seq_len=64, kv_heads=2, d_k=8])",
        "prefill_l1_m0_attention_tp0 prefill_l1_m0_qkv_projection_tp0")]
    [InlineData(
        "moe",
        "out prefill_l1_dispatch [experts=4, tokens=127, hidden=64]",
        "fail: 1 node whose tokens are not those that an expert takes: prefill_l1_dispatch (tokens 127, taken 128); 2 nodes that "
            + "take a shard of a size which its uneven parts do not explain: prefill_l1_experts_ep0 ([experts=4, tokens=128, "
            + "hidden=64]), prefill_l1_experts_ep1 ([experts=4, tokens=128, hidden=64])",
        "prefill_l1_dispatch prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData(
        "moe",
        "in prefill_l1_experts_ep0 [experts=4, tokens=127, hidden=64]",
        "fail: 1 node that yields other dimensions than it takes: prefill_l1_experts_ep0 (ep=S(experts), tp=R -> ep=S(experts), "
            + "tp=P)",
        "prefill_l1_experts_ep0")]
    [InlineData(
        "moe",
        "in prefill_l1_experts_ep0 [experts=4, tokens=127, hidden=64]; in prefill_l1_experts_ep1 [experts=4, tokens=127, "
            + "hidden=64]",
        "fail: 1 node whose tokens are not those that an expert takes: prefill_l1_dispatch (tokens 128, taken 127); 1 node that "
            + "takes a shard of a size which its uneven parts do not explain: prefill_l1_experts_ep0 ([experts=4, tokens=127, "
            + "hidden=64]); 2 nodes that yield other dimensions than they take: prefill_l1_experts_ep0 (ep=S(experts), tp=R -> "
            + "ep=S(experts), tp=P), prefill_l1_experts_ep1 (ep=S(experts), tp=R -> ep=S(experts), tp=P)",
        "prefill_l1_dispatch prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData(
        "moe",
        "in prefill_l1_ffn_norm [batch_size=3, seq_len=64, hidden=64]",
        "fail: 1 edge whose consumer takes other dimensions: prefill_l1_attention_residual -> prefill_l1_ffn_norm ([batch_size=4, "
            + "seq_len=64, hidden=64] for [batch_size=3, seq_len=64, hidden=64]); 1 node that yields other dimensions than it "
            + "takes: prefill_l1_ffn_norm (tp=R, ep=S(batch_size) -> tp=R, ep=S(batch_size))",
        "prefill_l1_attention_residual prefill_l1_ffn_norm | prefill_l1_attention_residual>prefill_l1_ffn_norm")]
    [InlineData(
        "moe",
        "out prefill_l1_attention_residual [batch_size=3, seq_len=64, hidden=64]",
        "fail: 2 edges whose consumer takes other dimensions: prefill_l1_attention_residual -> prefill_l1_ffn_norm "
            + "([batch_size=3, seq_len=64, hidden=64] for [batch_size=4, seq_len=64, hidden=64]), prefill_l1_attention_residual "
            + "-> prefill_l1_ffn_residual ([batch_size=3, seq_len=64, hidden=64] for [batch_size=4, seq_len=64, hidden=64]); 1 "
            + "node that yields other dimensions than it takes: prefill_l1_attention_residual (tp=R, ep=S(batch_size) -> tp=R, "
            + "ep=S(batch_size))",
        "prefill_l1_attention_residual prefill_l1_ffn_norm prefill_l1_ffn_residual | "
            + "prefill_l1_attention_residual>prefill_l1_ffn_norm prefill_l1_attention_residual>prefill_l1_ffn_residual")]
    [InlineData(
        "moe",
        "in decode_l1_attention_tp0 Q [batch_size=4, seq_len=1, heads=4, d_k=8]; K [batch_size=4, seq_len=73, kv_heads=2, d_k=8]; "
            + "V [batch_size=4, seq_len=73, kv_heads=2, d_k=8]",
        "fail: 1 node that disagrees with the rest of decode on the cache: decode_l1_attention_tp1 (seq_len 72, elsewhere 73)",
        "decode_l1_attention_tp1")]
    [InlineData(
        "moe",
        "in prefill_s1_output [batch_size=7, seq_len=1]",
        "fail: 1 node that disagrees with the rest of prefill on the batch: prefill_s1_output (batch_size 7, elsewhere 8)",
        "prefill_s1_output")]
    [InlineData(
        "moe",
        "in decode_s1_output [batch_size=7, seq_len=1]; out decode_s1_output [batch_size=7, seq_len=1]",
        "fail: 1 node that disagrees with the rest of decode on the batch: decode_s1_output (batch_size 7, elsewhere 8)",
        "decode_s1_output")]
    [InlineData(
        "moe",
        "in prefill_l1_attention_tp0 Q [batch_size=4, seq_len=64, heads=4, d_k=8]; K [batch_size=4, seq_len=65, kv_heads=2, "
            + "d_k=8]; V [batch_size=4, seq_len=65, kv_heads=2, d_k=8]",
        "fail: 2 nodes that take more or fewer positions than arrive (64 in 1 parts): prefill_l1_attention_tp0 (K [batch_size=4, "
            + "seq_len=65, kv_heads=2, d_k=8]), prefill_l1_attention_tp0 (V [batch_size=4, seq_len=65, kv_heads=2, d_k=8])",
        "prefill_l1_attention_tp0")]
    public void What_is_taken_is_what_is_produced(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD005"));
}
