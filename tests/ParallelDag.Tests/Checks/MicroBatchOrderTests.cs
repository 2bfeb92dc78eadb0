namespace ParallelDag.Tests.Checks;

/// <summary>
/// Edges of kind order keep micro-batches apart on every GPU of a stage, edges of kind token lead from prefill into decode.
/// </summary>
public class MicroBatchOrderTests
{
    /// <summary>
    /// Three stages of two GPUs, two micro-batches; two chunks of each of two micro-batches on two stages; one phase after the other.
    /// </summary>
    [Theory]
    [InlineData("pipeline", "", "pass: 108 edges within a layer, 0 edges onward to the next, 4 edges of kind order between micro-batches")]
    [InlineData("chunks", "", "pass: 72 edges within a layer, 0 edges onward to the next, 6 edges of kind order between micro-batches")]
    [InlineData("moe", "", "pass: 100 edges within a layer, 4 edges onward to the next")]
    [InlineData("apart", "", "pass: 20 edges within a layer, 0 edges onward to the next")]
    [InlineData("pipeline",
        "- prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm",
        "fail: prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 2-3")]
    [InlineData("pipeline",
        "- prefill_l1_m0_ffn_residual > prefill_s1_m1_embedding_tp0",
        "fail: prefill stage 1 has no edge of kind order behind micro-batch 0 on GPUs 0")]
    [InlineData("pipeline",
        "- prefill_l1_m0_ffn_residual > prefill_s1_m1_embedding_tp0; - prefill_l1_m0_ffn_residual > prefill_s1_m1_embedding_tp1; - "
            + "prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm; - prefill_s3_m0_sampling > prefill_l3_m1_attention_norm",
        "pass: 108 edges within a layer, 0 edges onward to the next")]
    [InlineData("pipeline",
        "+ prefill_l1_m0_ffn_residual > prefill_l1_m1_ffn_norm order",
        "fail: 1 edge of kind order that does not lead from the end of a stage to its beginning: prefill_l1_m0_ffn_residual -> "
            + "prefill_l1_m1_ffn_norm (prefill_l1_m0_ffn_residual to prefill_l1_m1_ffn_norm)",
        "| prefill_l1_m0_ffn_residual>prefill_l1_m1_ffn_norm")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_ffn_norm > prefill_l2_m1_ffn_norm order",
        "pass: 108 edges within a layer, 0 edges onward to the next, 5 edges of kind order between micro-batches")]
    [InlineData("pipeline",
        "+ prefill_l3_m0_ffn_residual > prefill_l3_m1_attention_norm order",
        "fail: 1 edge of kind order that does not lead from the end of a stage to its beginning: prefill_l3_m0_ffn_residual -> "
            + "prefill_l3_m1_attention_norm (prefill_l3_m0_ffn_residual to prefill_l3_m1_attention_norm)",
        "| prefill_l3_m0_ffn_residual>prefill_l3_m1_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_s2_m0_pipeline_send_recv > prefill_l2_m1_attention_norm order",
        "fail: 1 edge of kind order that does not lead from the end of a stage to its beginning: prefill_s2_m0_pipeline_send_recv "
            + "-> prefill_l2_m1_attention_norm (prefill_s2_m0_pipeline_send_recv to prefill_l2_m1_attention_norm)",
        "| prefill_s2_m0_pipeline_send_recv>prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "gpus prefill_l2_m1_attention_norm 4-5",
        "fail: 1 edge of kind order between other GPUs: prefill_l2_m0_ffn_residual -> prefill_l2_m1_attention_norm (GPUs 2-3 to "
            + "4-5); prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 2-3",
        "| prefill_l2_m0_ffn_residual>prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "gpus prefill_l2_m1_attention_norm none",
        "fail: prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 2-3")]
    [InlineData("pipeline",
        "+ prefill_l2_m1_ffn_residual > prefill_l2_m0_attention_norm order",
        "fail: 1 edge of kind order that does not lead to the next micro-batch of its stage: prefill_l2_m1_ffn_residual -> "
            + "prefill_l2_m0_attention_norm (stage 2 micro-batch 1 to stage 2 micro-batch 0)",
        "| prefill_l2_m1_ffn_residual>prefill_l2_m0_attention_norm")]
    [InlineData("pipeline",
        "+ prefill_l2_m0_attention_norm > prefill_l2_m0_ffn_residual order",
        "fail: 1 edge of kind order that does not lead to the next micro-batch of its stage: prefill_l2_m0_attention_norm -> "
            + "prefill_l2_m0_ffn_residual (stage 2 micro-batch 0 to stage 2 micro-batch 0)",
        "| prefill_l2_m0_attention_norm>prefill_l2_m0_ffn_residual")]
    [InlineData("pipeline",
        "+ prefill_l1_m0_ffn_residual > prefill_l2_m1_attention_norm order",
        "fail: 1 edge of kind order that does not lead to the next micro-batch of its stage: prefill_l1_m0_ffn_residual -> "
            + "prefill_l2_m1_attention_norm (stage 1 micro-batch 0 to stage 2 micro-batch 1)",
        "| prefill_l1_m0_ffn_residual>prefill_l2_m1_attention_norm")]
    [InlineData("pipeline",
        "phase prefill_l2_m1_attention_norm decode",
        "fail: 1 edge of kind order that does not lead to the next micro-batch of its stage: prefill_l2_m0_ffn_residual -> "
            + "prefill_l2_m1_attention_norm (stage 2 micro-batch 0 to stage 2 micro-batch 1); 1 edge from prefill into decode that "
            + "are no KV cache: prefill_s1_m1_pipeline_send_recv -> prefill_l2_m1_attention_norm (an edge of kind data); 2 edges "
            + "from decode back to prefill: prefill_l2_m1_attention_norm -> prefill_l2_m1_qkv_projection_tp0 (a prompt is read "
            + "before it is answered), prefill_l2_m1_attention_norm -> prefill_l2_m1_qkv_projection_tp1 (a prompt is read before it "
            + "is answered); prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 2-3",
        "| prefill_l2_m0_ffn_residual>prefill_l2_m1_attention_norm prefill_s1_m1_pipeline_send_recv>prefill_l2_m1_attention_norm "
            + "prefill_l2_m1_attention_norm>prefill_l2_m1_qkv_projection_tp0 "
            + "prefill_l2_m1_attention_norm>prefill_l2_m1_qkv_projection_tp1")]
    [InlineData("pipeline",
        "+ prefill_s3_m0_sampling > prefill_s1_input token",
        "fail: 1 edge of kind token that does not lead from prefill into decode's Input: prefill_s3_m0_sampling -> "
            + "prefill_s1_input; 1 node that samples and hands no token to decode: prefill_s3_m1_sampling (add an edge of kind token "
            + "to decode's Input)",
        "prefill_s3_m1_sampling | prefill_s3_m0_sampling>prefill_s1_input")]
    [InlineData("pipeline",
        "detail overview; - prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm",
        "pass: 108 edges within a layer, 0 edges onward to the next, 3 edges of kind order between micro-batches")]
    [InlineData("pipeline",
        "header; - prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm; + prefill_l3_m0_ffn_residual > "
            + "prefill_l3_m1_attention_norm order",
        "pass: 108 edges within a layer, 0 edges onward to the next, 4 edges of kind order between micro-batches")]
    [InlineData("apart",
        "- prefill_s1_sampling > decode_s1_input",
        "fail: 1 node that samples and hands no token to decode: prefill_s1_sampling (add an edge of kind token to decode's Input)",
        "prefill_s1_sampling")]
    [InlineData("apart",
        "+ prefill_s1_sampling > decode_s1_embedding token",
        "fail: 1 edge of kind token that does not lead from prefill into decode's Input: prefill_s1_sampling -> decode_s1_embedding",
        "| prefill_s1_sampling>decode_s1_embedding")]
    [InlineData("apart",
        "+ decode_s1_sampling > decode_s1_input token",
        "fail: 1 edge of kind token that does not lead from prefill into decode's Input: decode_s1_sampling -> decode_s1_input",
        "| decode_s1_sampling>decode_s1_input")]
    [InlineData("apart",
        "+ prefill_s1_sampling > prefill_s1_input token",
        "fail: 1 edge of kind token that does not lead from prefill into decode's Input: prefill_s1_sampling -> prefill_s1_input",
        "| prefill_s1_sampling>prefill_s1_input")]
    [InlineData("apart", "phase prefill_s1_sampling none", "pass: 20 edges within a layer, 0 edges onward to the next")]
    [InlineData("apart", "phase decode_s1_input none", "pass: 20 edges within a layer, 0 edges onward to the next")]
    [InlineData("apart",
        "copy prefill_s1_sampling x; - x > decode_s1_input",
        "fail: 1 node that samples and hands no token to decode: x (add an edge of kind token to decode's Input)",
        "x")]
    [InlineData("apart", "+ prefill_s1_input > prefill_s1_output", "pass: 20 edges within a layer, 0 edges onward to the next")]
    [InlineData("chunks",
        "- prefill_l1_m0_ffn_residual > prefill_s1_m1_embedding",
        "fail: prefill stage 1 has no edge of kind order behind micro-batch 0 on GPUs 0")]
    [InlineData("chunks",
        "- prefill_l1_m1_ffn_residual > prefill_s1_m2_embedding",
        "fail: prefill stage 1 has no edge of kind order behind micro-batch 1 on GPUs 0")]
    [InlineData("alike experts",
        "",
        "pass: 296 edges within a layer, 24 edges onward to the next, 2 edges of kind order between micro-batches")]
    [InlineData("chunks",
        "- prefill_l1_m1_ffn_residual > prefill_s1_m2_embedding; - prefill_s2_m1_sampling > prefill_l2_m2_attention_norm",
        "pass: 72 edges within a layer, 0 edges onward to the next, 4 edges of kind order between micro-batches")]
    [InlineData("chunks",
        "- prefill_s2_m1_sampling > prefill_l2_m2_attention_norm",
        "fail: prefill stage 2 has no edge of kind order behind micro-batch 1 on GPUs 1")]
    [InlineData("chunks",
        "- prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm",
        "fail: prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 1")]
    [InlineData("chunks",
        "- prefill_s2_m1_sampling > prefill_l2_m2_attention_norm; + prefill_l2_m1_ffn_residual > prefill_l2_m2_attention_norm order",
        "fail: 1 edge of kind order that does not lead from the end of a stage to its beginning: prefill_l2_m1_ffn_residual -> "
            + "prefill_l2_m2_attention_norm (prefill_l2_m1_ffn_residual to prefill_l2_m2_attention_norm)",
        "| prefill_l2_m1_ffn_residual>prefill_l2_m2_attention_norm")]
    [InlineData("chunks",
        "- prefill_l2_m0_ffn_residual > prefill_l2_m1_attention_norm; + prefill_s2_m1_sampling > prefill_l2_m2_attention_norm order",
        "fail: prefill stage 2 has no edge of kind order behind micro-batch 0 on GPUs 1")]
    public void An_edge_of_order_or_token_that_is_missing_or_leads_elsewhere_is_named(
        string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD024"));
}
