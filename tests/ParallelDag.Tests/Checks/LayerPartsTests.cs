namespace ParallelDag.Tests.Checks;

/// <summary>
/// A layer has its parts, and what is like others has their steps and edges: of plans of few layers one thing is changed at a time.
/// </summary>
public class LayerPartsTests
{
    /// <summary>
    /// Which parts a layer of attention and of experts must have stands in the rule; a gate, a selection, a dispatch or experts alone
    /// make it one of experts.
    /// </summary>
    [Theory]
    [InlineData("moe",
        "copy prefill_s1_input x",
        "fail: 1 node that does again what another node of its step does: x (Input on GPU 0, prefill stage 1); prefill has 2 "
            + "Inputs and 1 Outputs; one of each belongs to a phase",
        "x")]
    [InlineData("moe", "remove prefill_s1_output", "fail: prefill has 1 Inputs and 0 Outputs; one of each belongs to a phase")]
    [InlineData("moe",
        "copy decode_s1_output x",
        "fail: 1 node that does again what another node of its step does: x (Output on GPU 0, decode stage 1); decode has 1 Inputs "
            + "and 2 Outputs; one of each belongs to a phase",
        "x")]
    [InlineData("moe",
        "remove prefill_l1_attention_norm",
        "fail: prefill layer 1 has no norm before its attention; add it; prefill layer 1 lacks Attention RMSNorm, which like ones "
            + "have; add it",
        "prefill_l1_qkv_projection_tp0")]
    [InlineData("moe",
        "remove prefill_l1_attention_residual",
        "fail: prefill layer 1 has no residual add after its attention; add it; prefill layer 1 lacks Residual Add, which like "
            + "ones have; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_ffn_norm",
        "fail: prefill layer 1 has no norm before its FFN; add it; prefill layer 1 lacks FFN RMSNorm, which like ones have; add "
            + "it; prefill layer 1 lacks FFN Norm, which decode has; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_ffn_residual",
        "fail: prefill layer 1 has no residual add after its FFN; add it; prefill layer 1 lacks Residual Add, which like ones "
            + "have; add it; prefill layer 1 lacks Residual Add, which decode has; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_gate",
        "fail: prefill layer 1 has no MLP Gate; add it; prefill layer 1 lacks MLP Gate, which like ones have; add it; prefill "
            + "layer 1 lacks MLP Gate, which decode has; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_top_k",
        "fail: prefill layer 1 has no Top-k Selection; add it; prefill layer 1 lacks Top-2 Selection, which like ones have; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_expert_aggregation",
        "fail: prefill layer 1 has no Expert Aggregation; add it; prefill layer 1 lacks Expert Aggregation, which like ones have; "
            + "add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "drop prefill_l1_experts",
        "fail: prefill layer 1 has no Experts; add it; prefill layer 1 lacks Experts, which like ones have; add it; prefill layer "
            + "1 lacks Experts, which decode has; add it",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_dispatch; drop prefill_l1_experts; remove prefill_l1_top_k; remove prefill_l1_expert_aggregation",
        "fail: prefill layer 1 has no Top-k Selection; add it; prefill layer 1 has no Experts; add it; prefill layer 1 has no "
            + "Expert Aggregation; add it; prefill layer 1 lacks Top-2 Selection, which like ones have; add it; prefill layer 1 "
            + "lacks Dispatch All-to-All, which like ones have; add it; and 3 more sorts of fault",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_dispatch; drop prefill_l1_experts; remove prefill_l1_gate; remove prefill_l1_expert_aggregation",
        "fail: prefill layer 1 has no MLP Gate; add it; prefill layer 1 has no Experts; add it; prefill layer 1 has no Expert "
            + "Aggregation; add it; prefill layer 1 lacks MLP Gate, which like ones have; add it; prefill layer 1 lacks Dispatch "
            + "All-to-All, which like ones have; add it; and 4 more sorts of fault",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_gate; drop prefill_l1_experts; remove prefill_l1_top_k; remove prefill_l1_expert_aggregation",
        "fail: prefill layer 1 has no MLP Gate; add it; prefill layer 1 has no Top-k Selection; add it; prefill layer 1 has no "
            + "Experts; add it; prefill layer 1 has no Expert Aggregation; add it; prefill layer 1 lacks MLP Gate, which like ones "
            + "have; add it; and 5 more sorts of fault",
        "prefill_l1_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_dispatch; remove prefill_l1_gate; remove prefill_l1_top_k; remove prefill_l1_expert_aggregation",
        "fail: prefill layer 1 has no MLP Gate; add it; prefill layer 1 has no Top-k Selection; add it; prefill layer 1 has no "
            + "Expert Aggregation; add it; prefill layer 1 lacks MLP Gate, which like ones have; add it; prefill layer 1 lacks Top-2 "
            + "Selection, which like ones have; add it; and 3 more sorts of fault",
        "prefill_l1_attention_norm")]
    [InlineData("moe", "remove prefill_s1_split", "fail: prefill stage 1 has no SPLIT of batch or sequence; add it", "prefill_s1_input")]
    [InlineData("moe",
        "batch prefill_l1_attention_norm 1",
        "fail: prefill layer 1, micro-batch 1 has no residual add after its attention; add it; prefill layer 1 has no norm before "
            + "its attention; add it; prefill layer 1 lacks Attention RMSNorm, which like ones have; add it; prefill layer 1, "
            + "micro-batch 1 lacks QKV Projection (column-parallel), which like ones have; add it; prefill layer 1, micro-batch 1 "
            + "lacks Attention (causal), which like ones have; add it; and 19 more sorts of fault",
        "prefill_l1_attention_norm prefill_l1_qkv_projection_tp0")]
    [InlineData("parallel",
        "- prefill_s1_embedding > prefill_l1_ffn_residual",
        "fail: prefill layer 1 has no residual add after its attention; add it; prefill layer 1 has no norm before its FFN; add it",
        "prefill_l1_attention_norm")]
    [InlineData("parallel",
        "remove prefill_l1_attention_norm",
        "fail: prefill layer 1 has no norm before its attention; add it",
        "prefill_l1_qkv_projection")]
    [InlineData("parallel",
        "remove prefill_l1_ffn_residual",
        "fail: prefill layer 1 has no residual add after its attention; add it; prefill layer 1 has no norm before its FFN; add "
            + "it; prefill layer 1 has no residual add after its FFN; add it",
        "prefill_l1_attention_norm")]
    [InlineData("pipeline",
        "drop prefill_l2_m0_ffn_up; drop prefill_l2_m0_ffn_down",
        "fail: prefill layer 2 has no FFN; add it; prefill layer 2 lacks FFN Gate and Up (column-parallel), which like ones have; "
            + "add it; prefill layer 2 lacks FFN Down (row-parallel), which like ones have; add it",
        "prefill_l2_m0_attention_norm")]
    [InlineData("pipeline",
        "drop prefill_l2_m0_ffn_up",
        "fail: prefill layer 2 lacks FFN Gate and Up (column-parallel), which like ones have; add it",
        "prefill_l2_m0_attention_norm")]
    public void Parts_that_a_layer_or_a_phase_lacks_are_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD023"));

    /// <summary>
    /// Of two that differ the one with less lacks it: half of them is enough to say what the others lack. Edges of kind kv, order and
    /// token are none of a step.
    /// </summary>
    [Theory]
    [InlineData("pipeline",
        "- prefill_l2_m0_attention_norm > prefill_l2_m0_qkv_projection_tp0; - prefill_l2_m0_attention_norm > "
            + "prefill_l2_m0_qkv_projection_tp1",
        "fail: prefill layer 2 has no edge from Attention RMSNorm to QKV Projection (column-parallel), which like ones have; add it",
        "prefill_l2_m0_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_up_tp0",
        "fail: prefill layer 2 has an edge from Attention RMSNorm to FFN Gate and Up (column-parallel), which like ones do not "
            + "have; prefill layer 2, micro-batch 1 has no edge from Attention RMSNorm to FFN Gate and Up (column-parallel), which "
            + "like ones have; add it",
        "prefill_l2_m0_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_up_tp0 gate",
        "fail: prefill layer 2 has an edge from Attention RMSNorm to FFN Gate and Up (column-parallel), which like ones do not "
            + "have; prefill layer 2, micro-batch 1 has no edge from Attention RMSNorm to FFN Gate and Up (column-parallel), which "
            + "like ones have; add it",
        "prefill_l2_m0_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_up_tp0 kv",
        "pass: 12 layers, entries and exits with 84 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_up_tp0 order",
        "pass: 12 layers, entries and exits with 84 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_up_tp0 token",
        "pass: 12 layers, entries and exits with 84 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("pipeline",
        "+ prefill_l1_m0_ffn_norm > prefill_l2_m0_ffn_up_tp0",
        "fail: prefill layer 2 has an edge from what comes before to FFN Gate and Up (column-parallel), which like ones do not "
            + "have; prefill layer 2, micro-batch 1 has no edge from what comes before to FFN Gate and Up (column-parallel), which "
            + "like ones have; add it",
        "prefill_l2_m0_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_s1_input > prefill_l2_m0_ffn_up_tp0",
        "fail: prefill layer 2 has an edge from the Input to FFN Gate and Up (column-parallel), which like ones do not have; "
            + "prefill layer 2, micro-batch 1 has no edge from the Input to FFN Gate and Up (column-parallel), which like ones have; "
            + "add it",
        "prefill_l2_m0_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "copy prefill_l2_m0_ffn_norm x; op x attention_post_norm",
        "fail: prefill layer 2 has FFN RMSNorm, which like ones do not have; prefill layer 2, micro-batch 1 lacks FFN RMSNorm, "
            + "which like ones have; add it",
        "prefill_l2_m0_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline", "copy prefill_l2_m0_ffn_norm x; op x none", "fail: 1 node that does not tell its operator: x", "x")]
    [InlineData("pipeline",
        "copy prefill_l2_m0_ffn_norm x; op x attention_post_norm; copy prefill_l1_m0_ffn_norm y; op y attention_post_norm; copy "
            + "prefill_l3_m0_ffn_norm z; op z attention_post_norm",
        "fail: prefill layer 1, micro-batch 1 lacks FFN RMSNorm, which like ones have; add it; prefill layer 2, micro-batch 1 "
            + "lacks FFN RMSNorm, which like ones have; add it; prefill layer 3, micro-batch 1 lacks FFN RMSNorm, which like ones "
            + "have; add it",
        "prefill_l1_m1_attention_norm prefill_l2_m1_attention_norm prefill_l3_m1_attention_norm")]
    [InlineData("pipeline",
        "copy prefill_l2_m0_ffn_norm x; op x attention_post_norm; copy prefill_l1_m0_ffn_norm y; op y attention_post_norm; copy "
            + "prefill_l3_m0_ffn_norm z; op z attention_post_norm; copy prefill_l3_m1_ffn_norm w; op w attention_post_norm",
        "fail: prefill layer 1, micro-batch 1 lacks FFN RMSNorm, which like ones have; add it; prefill layer 2, micro-batch 1 "
            + "lacks FFN RMSNorm, which like ones have; add it",
        "prefill_l1_m1_attention_norm prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "op prefill_s1_m0_embedding_all_reduce split",
        "fail: prefill stage 1, micro-batch 1 lacks All-Reduce (embedding), which like ones have; add it; prefill stage 1 lacks "
            + "All-Reduce (embedding), which like ones have; add it",
        "prefill_s1_m1_embedding_tp0 prefill_s1_input")]
    [InlineData("moe",
        "op decode_l1_attention_tp0 gated_delta_net; op decode_l1_attention_tp1 gated_delta_net",
        "fail: decode layer 1 lacks Attention, which prefill has; add it; prefill layer 1 lacks Gated Delta Net, which decode has; "
            + "add it",
        "decode_l1_attention_norm prefill_l1_attention_norm")]
    [InlineData("moe",
        "op decode_l2_gate ffn_up",
        "fail: decode layer 2 has no MLP Gate; add it; decode layer 2 lacks MLP Gate, which prefill has; add it; prefill layer 2 "
            + "lacks FFN Up, which decode has; add it",
        "decode_l2_attention_norm prefill_l2_attention_norm")]
    [InlineData("moe",
        "op prefill_l2_expert_aggregation ffn_up",
        "fail: prefill layer 2 has no Expert Aggregation; add it; decode layer 2 lacks FFN Up, which prefill has; add it",
        "prefill_l2_attention_norm decode_l2_attention_norm")]
    [InlineData("moe",
        "remove decode_l1_gate; remove decode_l2_gate",
        "fail: decode layer 1 has no MLP Gate; add it; decode layer 2 has no MLP Gate; add it; decode layer 1 lacks MLP Gate, "
            + "which prefill has; add it; decode layer 2 lacks MLP Gate, which prefill has; add it",
        "decode_l1_attention_norm decode_l2_attention_norm")]
    [InlineData("moe",
        "remove prefill_l1_gate; remove prefill_l2_gate",
        "fail: prefill layer 1 has no MLP Gate; add it; prefill layer 2 has no MLP Gate; add it; prefill layer 1 lacks MLP Gate, "
            + "which decode has; add it; prefill layer 2 lacks MLP Gate, which decode has; add it",
        "prefill_l1_attention_norm prefill_l2_attention_norm")]
    [InlineData("alike",
        "",
        "pass: 10 layers, entries and exits with 102 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("split cache",
        "",
        "pass: 6 layers, entries and exits with 70 operator steps, each on all GPUs of its stage; 2 kinds of layers with the same "
            + "operators and edges throughout")]
    [InlineData("split cache",
        "+ decode_l1_qkv_projection_tp0 > decode_l1_attention_merge_dcp0",
        "pass: 6 layers, entries and exits with 70 operator steps, each on all GPUs of its stage; 2 kinds of layers with the same "
            + "operators and edges throughout")]
    [InlineData("split cache",
        "+ decode_l1_attention_norm > decode_l1_attention_merge_dcp0",
        "fail: decode layer 2 has no edge from Attention RMSNorm to Attention Merge (scaling by LSE), which like ones have; add it",
        "decode_l2_attention_norm")]
    [InlineData("split cache",
        "+ decode_l1_qkv_projection_tp0 > decode_l1_ffn_norm",
        "fail: decode layer 2 has no edge from QKV Projection (column-parallel) to FFN RMSNorm, which like ones have; add it",
        "decode_l2_attention_norm")]
    [InlineData("pipeline",
        "batch prefill_s3_output 5",
        "pass: 13 layers, entries and exits with 84 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("pipeline",
        "layer prefill_s1_m0_pipeline_send_recv 9",
        "fail: prefill layer 9 has no attention and no FFN; add it; prefill stage 1 lacks Pipeline Send/Recv, which like ones "
            + "have; add it",
        "prefill_s1_m0_pipeline_send_recv prefill_s1_input")]
    [InlineData("pipeline",
        "drop prefill_l2_m0_ffn",
        "fail: prefill stage 2 has no edge from what comes before to Pipeline Send/Recv, which like ones have; add it; prefill "
            + "layer 2 lacks FFN RMSNorm, which like ones have; add it; prefill layer 2 lacks FFN Gate and Up (column-parallel), "
            + "which like ones have; add it; prefill layer 2 lacks FFN Down (row-parallel), which like ones have; add it; prefill "
            + "layer 2 lacks All-Reduce (FFN output), which like ones have; add it; and 1 more sort of fault",
        "prefill_s2_m0_pipeline_send_recv prefill_l2_m0_attention_norm")]
    [InlineData("parallel",
        "drop prefill_l1_att; drop prefill_l1_qkv; drop prefill_l1_output",
        "fail: prefill layer 1 has no norm before its FFN; add it",
        "prefill_l1_ffn_up")]
    [InlineData("moe",
        "copy prefill_l1_ffn_norm x; op x branch_add",
        "fail: prefill layer 2 lacks FFN RMSNorm, which like ones have; add it",
        "prefill_l2_attention_norm")]
    [InlineData("moe",
        "copy prefill_l1_ffn_norm x; op x shared_experts",
        "fail: decode layer 1 lacks Shared Experts, which prefill has; add it",
        "decode_l1_attention_norm")]
    [InlineData("moe",
        "copy prefill_l1_ffn_norm x; op x latent_down",
        "fail: decode layer 1 lacks Latent Down-Projection, which prefill has; add it",
        "decode_l1_attention_norm")]
    [InlineData("moe",
        "copy prefill_l1_ffn_norm x; op x expert_norm",
        "fail: prefill layer 2 lacks FFN RMSNorm, which like ones have; add it; decode layer 1 lacks Expert Norm, which prefill "
            + "has; add it",
        "prefill_l2_attention_norm decode_l1_attention_norm")]
    [InlineData("alike experts",
        "",
        "pass: 20 layers, entries and exits with 232 operator steps, each on all GPUs of its stage; 2 kinds of layers with the "
            + "same operators and edges throughout")]
    public void What_differs_from_most_of_its_like_is_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD023"));

    /// <summary>Two chunks of each of two micro-batches have one exit; at most three layers that are missing are named.</summary>
    [Theory]
    [InlineData("pipeline",
        "drop prefill_l2_m1_",
        "fail: prefill stage 2, micro-batch 1 has no edge from what comes before to Pipeline Send/Recv, which like ones have; add "
            + "it; prefill layer 2 is missing for micro-batch 1 of 2",
        "prefill_s2_m1_pipeline_send_recv")]
    [InlineData("alike",
        "drop prefill_l1_m1_; drop prefill_l2_m1_",
        "fail: prefill layer 3, micro-batch 1 has no edge from what comes before to Attention RMSNorm, which like ones have; add "
            + "it; prefill layer 3, micro-batch 1 has no edge from what comes before to Residual Add, which like ones have; add it; "
            + "prefill layer 1 is missing for micro-batch 1 of 2; prefill layer 2 is missing for micro-batch 1 of 2",
        "prefill_l3_m1_attention_norm")]
    [InlineData("alike",
        "drop prefill_l1_m0_; drop prefill_l2_m0_; drop prefill_l3_m1_; drop prefill_l4_m1_",
        "fail: prefill stage 1, micro-batch 1 has no edge from what comes before to Final RMSNorm, which like ones have; add it; "
            + "prefill layer 3 has no edge from what comes before to Attention RMSNorm, which like ones have; add it; prefill layer "
            + "3 has no edge from what comes before to Residual Add, which like ones have; add it; prefill layer 1 is missing for "
            + "micro-batch 0 of 2; prefill layer 2 is missing for micro-batch 0 of 2; and 1 more sort of fault",
        "prefill_s1_m1_embedding_tp0 prefill_l3_m0_attention_norm")]
    [InlineData("pipeline",
        "drop prefill_s1_m1_embedding_tp",
        "fail: prefill stage 1, micro-batch 1 has no Embedding; add it",
        "prefill_s1_m1_embedding_all_reduce")]
    [InlineData("pipeline",
        "drop prefill_s1_m1_embedding",
        "fail: prefill layer 1, micro-batch 1 has no edge from what comes before to Attention RMSNorm, which like ones have; add "
            + "it; prefill layer 1, micro-batch 1 has no edge from what comes before to Residual Add, which like ones have; add it; "
            + "prefill has 1 of 2 times the entry of a micro-batch, in stage 1",
        "prefill_l1_m1_attention_norm")]
    [InlineData("pipeline",
        "remove prefill_s3_m1_sampling",
        "fail: prefill stage 3, micro-batch 1 has no Sampling; add it",
        "prefill_s3_m1_final_norm")]
    [InlineData("pipeline", "drop prefill_s3_m1_", "fail: prefill has 1 of 2 times the exit of a micro-batch, in stage 3")]
    [InlineData("pipeline",
        "remove prefill_s3_m1_final_norm",
        "fail: prefill stage 3, micro-batch 1 lacks Final RMSNorm, which like ones have; add it; prefill stage 3, micro-batch 1 "
            + "has no Final Norm; add it",
        "prefill_s3_m1_lm_head_tp0")]
    [InlineData("chunks",
        "",
        "pass: 15 layers, entries and exits with 88 operator steps, each on all GPUs of its stage; 1 kind of layer with the same "
            + "operators and edges throughout")]
    [InlineData("chunks",
        "drop prefill_s2_m3_sampling",
        "fail: prefill stage 2, micro-batch 3 has no Sampling; add it; prefill has 2 of 4 times the exit of a micro-batch, in "
            + "stage 2",
        "prefill_s2_m3_final_norm")]
    [InlineData("chunks", "drop prefill_s2_m3", "fail: prefill has 1 of 4 times the exit of a micro-batch, in stage 2")]
    [InlineData("chunks",
        "copy prefill_s2_m1_final_norm x; batch x 0",
        "fail: prefill stage 2, micro-batch 3 has no edge from what comes before to LM Head, which like ones have; add it; prefill "
            + "stage 2 has no LM Head; add it; prefill stage 2 has no Sampling; add it; prefill has 3 of 2 times the exit of a "
            + "micro-batch, in stage 2",
        "prefill_s2_m3_final_norm prefill_s2_output")]
    public void Layers_entries_and_exits_are_there_for_every_micro_batch(
        string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD023"));
}
