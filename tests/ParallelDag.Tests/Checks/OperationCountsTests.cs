namespace ParallelDag.Tests.Checks;

/// <summary>FLOPs of a graph are those of its operators and shapes; one number is changed at a time.</summary>
public class OperationCountsTests
{
    /// <summary>
    /// A norm takes 4 operations an element: 4 sequences of 64 tokens of 64, on four GPUs; what communicates takes none.
    /// </summary>
    [Theory]
    [InlineData("parallel",
        "header; drop prefill_l1; drop prefill_s1_embedding; drop prefill_s1_final; drop prefill_s1_lm; drop prefill_s1_sampling",
        "skipped: not checked: no operator on any node")]
    [InlineData("parallel",
        "header; drop prefill_l1; drop prefill_s1_embedding; drop prefill_s1_final; drop prefill_s1_lm",
        "skipped: not checked: no FLOPs on any node")]
    [InlineData("alike experts", "", "pass: 184 nodes that compute, 126,042,112 FLOPs in all, as their operators and shapes make them")]
    [InlineData("moe", "", "pass: 62 nodes that compute, 66,242,560 FLOPs in all, as their operators and shapes make them")]
    [InlineData("alike", "", "pass: 118 nodes that compute, 171,942,912 FLOPs in all, as their operators and shapes make them")]
    [InlineData("pipeline", "", "pass: 90 nodes that compute, 129,278,976 FLOPs in all, as their operators and shapes make them")]
    [InlineData("overview", "", "pass: 12 nodes that compute, 64,112,640 FLOPs in all, as their operators and shapes make them")]
    [InlineData("device", "", "pass: 48 nodes that compute, 31,564,800 FLOPs in all, as their operators and shapes make them")]
    [InlineData("parallel", "", "pass: 9 nodes that compute, 43,361,280 FLOPs in all, as their operators and shapes make them")]
    [InlineData("moe",
        "flops prefill_l1_attention_norm 262145",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_norm (262,145, due 262,144)",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "flops prefill_l1_attention_norm 0",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_norm (0, due 262,144)",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "flops prefill_l1_dispatch 1",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_dispatch (1, due 0)",
        "prefill_l1_dispatch")]
    [InlineData("alike",
        "flops prefill_l3_m1_ffn_norm 7",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l3_m1_ffn_norm (7, due 131,072)",
        "prefill_l3_m1_ffn_norm")]
    [InlineData("alike",
        "flops prefill_l4_m1_attention_tp1 7",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l4_m1_attention_tp1 (7, due 1,064,960, or fewer for a "
            + "window)",
        "prefill_l4_m1_attention_tp1")]
    [InlineData("alike",
        "layer prefill_l3_m1_ffn_norm 2",
        "pass: 118 nodes that compute, 171,942,912 FLOPs in all, as their operators and shapes make them")]
    [InlineData("overview",
        "flops prefill_s1_attention 7",
        "pass: 12 nodes that compute, 29,837,319 FLOPs in all, as their operators and shapes make them")]
    [InlineData("overview",
        "flops prefill_s1_dispatch 7",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_s1_dispatch (7, due 0)",
        "prefill_s1_dispatch")]
    [InlineData("moe", "header", "pass: 62 nodes that compute, 66,242,560 FLOPs in all, as their operators and shapes make them")]
    [InlineData("moe",
        "op prefill_l1_attention_norm none; flops prefill_l1_attention_norm 7",
        "pass: 62 nodes that compute, 65,980,423 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "moe",
        "flops prefill_l1_qkv_projection_tp0 4202496",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_qkv_projection_tp0 (4,202,496, due 4,194,304 or "
            + "4,292,608)",
        "prefill_l1_qkv_projection_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_qkv_projection_tp0 4194305",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_qkv_projection_tp0 (4,194,305, due 4,194,304 or "
            + "4,292,608)",
        "prefill_l1_qkv_projection_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_experts_ep0 0; flops prefill_l1_experts_ep1 0",
        "fail: 1 node of experts that compute nothing: prefill_l1_experts_ep1 (prefill layer 1)",
        "prefill_l1_experts_ep1")]
    [InlineData(
        "moe",
        "flops prefill_l1_experts_ep0 3145728; flops prefill_l1_experts_ep1 9437184",
        "pass: 62 nodes that compute, 66,242,560 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "moe",
        "flops prefill_l1_expert_aggregation 262145",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_expert_aggregation (262,145, due 262,144)",
        "prefill_l1_expert_aggregation")]
    [InlineData(
        "moe",
        "flops prefill_l1_attention_tp0 2129919",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_tp0 (2,129,919, due 2,129,920, or fewer "
            + "for a window)",
        "prefill_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_attention_tp0 2129952",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_tp0 (2,129,952, due 2,129,920, or fewer "
            + "for a window)",
        "prefill_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_attention_tp0 1064960",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_tp0 (1,064,960, due 2,129,920, or fewer "
            + "for a window)",
        "prefill_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_attention_tp0 0",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_tp0 (0, due 2,129,920, or fewer for a "
            + "window)",
        "prefill_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops decode_l1_attention_tp0 73727",
        "fail: 1 node whose FLOPs do not follow from their shapes: decode_l1_attention_tp0 (73,727, due 73,728, or fewer for a "
            + "window)",
        "decode_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops decode_l1_attention_tp0 36864",
        "pass: 62 nodes that compute, 66,205,696 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "moe",
        "flops decode_l1_attention_tp0 0",
        "fail: 1 node whose FLOPs do not follow from their shapes: decode_l1_attention_tp0 (0, due 73,728, or fewer for a window)",
        "decode_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops decode_l1_attention_tp0 74752",
        "fail: 1 node whose FLOPs do not follow from their shapes: decode_l1_attention_tp0 (74,752, due 73,728, or fewer for a "
            + "window)",
        "decode_l1_attention_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_ffn_residual 131072",
        "pass: 62 nodes that compute, 66,308,096 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "moe",
        "flops prefill_l1_attention_residual 131072",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_residual (131,072, due 65,536)",
        "prefill_l1_attention_residual")]
    [InlineData(
        "moe",
        "flops prefill_s1_lm_head_tp0 513025",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_s1_lm_head_tp0 (513,025, due 513,024)",
        "prefill_s1_lm_head_tp0")]
    [InlineData(
        "moe",
        "flops prefill_s1_sampling 1",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_s1_sampling (1, due 0)",
        "prefill_s1_sampling")]
    [InlineData(
        "moe",
        "flops prefill_s1_embedding_tp0 1",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_s1_embedding_tp0 (1, due 0)",
        "prefill_s1_embedding_tp0")]
    [InlineData(
        "moe",
        "flops prefill_l1_top_k 5",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_top_k (5, due 0)",
        "prefill_l1_top_k")]
    [InlineData(
        "moe",
        "flops prefill_l1_gate 1048577",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_gate (1,048,577, due 1,048,576)",
        "prefill_l1_gate")]
    [InlineData(
        "alike",
        "flops prefill_l1_m0_ffn_up_tp0 4194304",
        "pass: 118 nodes that compute, 171,942,912 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "alike",
        "flops prefill_l1_m0_ffn_up_tp0 2097152",
        "fail: 3 nodes whose FLOPs do not follow from their shapes: prefill_l1_m0_ffn_up_tp1 (4,194,304, due 2,097,152 as "
            + "elsewhere), prefill_l1_m1_ffn_up_tp0 (4,194,304, due 2,097,152 as elsewhere), prefill_l1_m1_ffn_up_tp1 (4,194,304, "
            + "due 2,097,152 as elsewhere)",
        "prefill_l1_m0_ffn_up_tp1 prefill_l1_m1_ffn_up_tp0 prefill_l1_m1_ffn_up_tp1")]
    [InlineData(
        "alike",
        "flops prefill_l1_m0_ffn_up_tp0 2097152; flops prefill_l1_m0_ffn_up_tp1 2097152",
        "fail: 2 nodes whose FLOPs do not follow from their shapes: prefill_l1_m1_ffn_up_tp0 (4,194,304, due 2,097,152 as "
            + "elsewhere), prefill_l1_m1_ffn_up_tp1 (4,194,304, due 2,097,152 as elsewhere)",
        "prefill_l1_m1_ffn_up_tp0 prefill_l1_m1_ffn_up_tp1")]
    [InlineData(
        "overview",
        "flops prefill_s1_attention -1",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_s1_attention (-1, due 0)",
        "prefill_s1_attention")]
    [InlineData(
        "moe",
        "in prefill_l1_attention_norm none",
        "pass: 62 nodes that compute, 66,242,560 FLOPs in all, as their operators and shapes make them")]
    [InlineData(
        "moe",
        "members prefill_l1_attention_norm 5",
        "fail: 1 node whose FLOPs do not follow from their shapes: prefill_l1_attention_norm (262,144, due 327,680)",
        "prefill_l1_attention_norm")]
    public void FLOPs_that_do_not_follow_are_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD015"));
}
