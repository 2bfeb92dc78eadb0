namespace ParallelDag.Tests.Checks;

/// <summary>Along a kv edge heads keep their elements: one side of a hand-over between phases is changed.</summary>
public class CachedHeadsTests
{
    /// <summary>K of 16 elements for 8, K beside a latent, and KV for K and V; an overview tells no heads.</summary>
    [Theory]
    [InlineData("apart",
        "",
        "pass: 34 data edges carry what their consumers take; 1 collective change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData("overview",
        "",
        "pass: 29 data edges carry what their consumers take; 4 collectives change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData("apart",
        "in decode_l1_attention W [batch_size=8, seq_len=1, heads=8, d_k=8]",
        "fail: 1 edge whose consumer takes other dimensions: decode_l1_qkv_projection -> decode_l1_attention (Q [batch_size=8, "
            + "seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=1, kv_head...); 3 nodes with a tensor that nobody takes: "
            + "decode_l1_qkv_projection (Q [batch_size=8, seq_len=1, heads=8, d_k=8]), decode_l1_qkv_projection (K [batch_size=8, "
            + "seq_len=1, kv_heads=4, d_k=8]), decode_l1_qkv_projection (V [batch_size=8, seq_len=1, kv_heads=4, d_k=8])",
        "decode_l1_qkv_projection decode_l1_attention | decode_l1_qkv_projection>decode_l1_attention")]
    [InlineData("apart",
        "in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=72, kv_heads=4, d_k=16]; V "
            + "[batch_size=8, seq_len=72, kv_heads=4, d_k=8]",
        "fail: 1 node that takes a tensor which no producer yields: decode_l1_attention (K [batch_size=8, seq_len=72, kv_heads=4, "
            + "d_k=16]); 1 edge of kind kv whose ends hold other heads: prefill_l1_kv_transfer -> decode_l1_attention (K "
            + "[batch_size=8, seq_len=64, kv_heads=4, d_k=8]; V [batch_size=8, seq_len=64, kv...)",
        "decode_l1_attention | prefill_l1_kv_transfer>decode_l1_attention")]
    [InlineData("apart",
        "in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; KV [batch_size=8, seq_len=72, kv_heads=4, d_k=8]",
        "fail: 1 node that takes a tensor which no producer yields: decode_l1_attention (KV [batch_size=8, seq_len=72, kv_heads=4, "
            + "d_k=8]); 1 edge of kind kv whose ends hold other heads: prefill_l1_kv_transfer -> decode_l1_attention (K "
            + "[batch_size=8, seq_len=64, kv_heads=4, d_k=8]; V [batch_size=8, seq_len=64, kv...); 2 nodes with a tensor that nobody "
            + "takes: decode_l1_qkv_projection (K [batch_size=8, seq_len=1, kv_heads=4, d_k=8]), decode_l1_qkv_projection (V "
            + "[batch_size=8, seq_len=1, kv_heads=4, d_k=8])",
        "decode_l1_attention decode_l1_qkv_projection | prefill_l1_kv_transfer>decode_l1_attention")]
    [InlineData("apart",
        "in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=72, kv_heads=4, "
            + "latent_dim=9, d_k=8]; V [batch_size=8, seq_len=72, kv_heads=4, d_k=8]",
        "fail: 1 node that takes a tensor which no producer yields: decode_l1_attention (K [batch_size=8, seq_len=72, kv_heads=4, "
            + "latent_dim=9, d_k=8]); 1 edge of kind kv whose ends hold other heads: prefill_l1_kv_transfer -> decode_l1_attention "
            + "(K [batch_size=8, seq_len=64, kv_heads=4, d_k=8]; V [batch_size=8, seq_len=64, kv...)",
        "decode_l1_attention | prefill_l1_kv_transfer>decode_l1_attention")]
    [InlineData("apart",
        "detail overview; in decode_l1_attention Q [batch_size=8, seq_len=1, heads=8, d_k=8]; K [batch_size=8, seq_len=72, "
            + "kv_heads=4, d_k=16]; V [batch_size=8, seq_len=72, kv_heads=4, d_k=8]",
        "pass: 34 data edges carry what their consumers take; 1 collective change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer K [batch_size=8, seq_len=64, kv_heads=4, d_k=16]; V [batch_size=8, seq_len=64, kv_heads=4, "
            + "d_k=8]",
        "fail: 1 node whose output is not what a Send/Recv of 2 makes of the input: prefill_l1_kv_transfer (K [batch_size=8, "
            + "seq_len=64, kv_heads=4, d_k=8]; V [batch_size=8, seq_len=64, kv...); 1 edge of kind kv whose ends hold other heads: "
            + "prefill_l1_kv_transfer -> decode_l1_attention (K [batch_size=8, seq_len=64, kv_heads=4, d_k=16]; V [batch_size=8, "
            + "seq_len=64, k...)",
        "prefill_l1_kv_transfer | prefill_l1_kv_transfer>decode_l1_attention")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer W [batch_size=8, seq_len=64, kv_heads=4, d_k=8]; V [batch_size=8, seq_len=64, kv_heads=4, "
            + "d_k=8]",
        "pass: 34 data edges carry what their consumers take; 1 collective change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData("apart",
        "out prefill_l1_kv_transfer W [batch_size=8, seq_len=64, kv_heads=4, d_k=8]",
        "pass: 34 data edges carry what their consumers take; 1 collective change dimensions and placements as their kinds and "
            + "group sizes say")]
    [InlineData("alike experts",
        "",
        "pass: 320 data edges carry what their consumers take; 32 collectives change dimensions and placements as their kinds and "
            + "group sizes say")]
    public void Heads_of_other_elements_are_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD005"));
}
