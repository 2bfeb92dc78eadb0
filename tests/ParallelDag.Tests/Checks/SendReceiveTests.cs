namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD007 on generated graphs, each damaged in one way: three stages of two GPUs with two micro-batches, whose stage 1 sends GPU 0 to 2 and
/// 1 to 3.
/// </summary>
public class SendReceiveTests
{
    [Theory]
    [InlineData(
        "pipeline",
        "",
        "pass: 4 Send/Recv nodes over 2 stage boundaries, each between consecutive stages and of equal size on both ends")]
    [InlineData(
        "pipeline",
        "in prefill_s1_m0_pipeline_send_recv [batch_size=4, seq_len=32, hidden=64]",
        "fail: 1 node that receives another size than it sends: prefill_s1_m0_pipeline_send_recv ([batch_size=4, seq_len=32, "
            + "hidden=64] -> [batch_size=4, seq_len=64, hidden=64])",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "in prefill_s1_m0_pipeline_send_recv none",
        "pass: 4 Send/Recv nodes over 2 stage boundaries, each between consecutive stages and of equal size on both ends")]
    [InlineData(
        "pipeline",
        "size prefill_s1_m0_pipeline_send_recv 4",
        "fail: 1 node that does not state its pairs: prefill_s1_m0_pipeline_send_recv (group size 4, groups 2, 4 GPUs)",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0,2",
        "fail: 1 node that does not state its pairs: prefill_s1_m0_pipeline_send_recv (group size 2, groups 2, 2 GPUs); prefill "
            + "stages 1 to 2, micro-batch 0: nothing sent or received on GPUs 1,3",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0-4",
        "fail: 1 node that does not state its pairs: prefill_s1_m0_pipeline_send_recv (group size 2, groups 2, 5 GPUs); 1 node "
            + "that does not pair GPUs of consecutive stages: prefill_s1_m0_pipeline_send_recv (2 of stage 1, 2 of stage 2, 5 in "
            + "all); prefill stage 1, micro-batch 0: nothing is sent to stage 2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0-1,4-5",
        "fail: 1 node that does not pair GPUs of consecutive stages: prefill_s1_m0_pipeline_send_recv (2 of stage 1, 0 of stage "
            + "2, 4 in all); prefill stage 1, micro-batch 0: nothing is sent to stage 2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0-2,4",
        "fail: 1 node that does not pair GPUs of consecutive stages: prefill_s1_m0_pipeline_send_recv (2 of stage 1, 1 of stage "
            + "2, 4 in all); prefill stage 1, micro-batch 0: nothing is sent to stage 2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0,3",
        "fail: 1 node that does not state its pairs: prefill_s1_m0_pipeline_send_recv (group size 2, groups 2, 2 GPUs); 1 node "
            + "that pairs GPUs of other positions in its stages: prefill_s1_m0_pipeline_send_recv (GPUs 0 send to 3); prefill "
            + "stages 1 to 2, micro-batch 0: nothing sent or received on GPUs 1-2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv none",
        "fail: prefill stage 1, micro-batch 0: nothing is sent to stage 2")]
    [InlineData(
        "pipeline",
        "stage prefill_s1_m0_pipeline_send_recv 3",
        "fail: 1 node that sends for another stage, phase or micro-batch: prefill_s1_m0_pipeline_send_recv (from "
            + "prefill_l1_m0_ffn_residual); 2 nodes whose receive is not in the next stage: prefill_s1_m0_pipeline_send_recv "
            + "(stage 3 to stage 2 at prefill_l2_m0_attention_norm), prefill_s1_m0_pipeline_send_recv (stage 3 to stage 2 at "
            + "prefill_l2_m0_attention_residual); 1 node that sends past the last stage: prefill_s1_m0_pipeline_send_recv (from "
            + "stage 3 of 3); prefill stage 1, micro-batch 0: nothing is sent to stage 2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "stage prefill_s1_m0_pipeline_send_recv 4",
        "fail: 1 node that sends for another stage, phase or micro-batch: prefill_s1_m0_pipeline_send_recv (from "
            + "prefill_l1_m0_ffn_residual); 2 nodes whose receive is not in the next stage: prefill_s1_m0_pipeline_send_recv "
            + "(stage 4 to stage 2 at prefill_l2_m0_attention_norm), prefill_s1_m0_pipeline_send_recv (stage 4 to stage 2 at "
            + "prefill_l2_m0_attention_residual); 1 node that sends past the last stage: prefill_s1_m0_pipeline_send_recv (from "
            + "stage 4 of 3); prefill stage 1, micro-batch 0: nothing is sent to stage 2",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "stage prefill_s1_m0_pipeline_send_recv none",
        "fail: prefill stage 1, micro-batch 0: nothing is sent to stage 2")]
    [InlineData(
        "pipeline",
        "stage prefill_l1_m0_ffn_residual 2",
        "fail: 4 edges that leave a stage without being sent: prefill_l1_m0_attention_residual -> prefill_l1_m0_ffn_residual "
            + "(stage 1 to stage 2), prefill_l1_m0_ffn_all_reduce -> prefill_l1_m0_ffn_residual (stage 1 to stage 2), "
            + "prefill_l1_m0_ffn_residual -> prefill_s1_m1_embedding_tp0 (stage 2 to stage 1), prefill_l1_m0_ffn_residual -> "
            + "prefill_s1_m1_embedding_tp1 (stage 2 to stage 1); 1 node that sends for another stage, phase or micro-batch: "
            + "prefill_s1_m0_pipeline_send_recv (from prefill_l1_m0_ffn_residual)",
        "prefill_s1_m0_pipeline_send_recv | prefill_l1_m0_attention_residual>prefill_l1_m0_ffn_residual "
            + "prefill_l1_m0_ffn_all_reduce>prefill_l1_m0_ffn_residual prefill_l1_m0_ffn_residual>prefill_s1_m1_embedding_tp0 "
            + "prefill_l1_m0_ffn_residual>prefill_s1_m1_embedding_tp1")]
    [InlineData(
        "pipeline",
        "stage prefill_l2_m0_attention_norm 3",
        "fail: 1 node whose receive is not in the next stage: prefill_s1_m0_pipeline_send_recv (stage 1 to stage 3 at "
            + "prefill_l2_m0_attention_norm); 2 edges that leave a stage without being sent: prefill_l2_m0_attention_norm -> "
            + "prefill_l2_m0_qkv_projection_tp0 (stage 3 to stage 2), prefill_l2_m0_attention_norm -> "
            + "prefill_l2_m0_qkv_projection_tp1 (stage 3 to stage 2)",
        "prefill_s1_m0_pipeline_send_recv | prefill_l2_m0_attention_norm>prefill_l2_m0_qkv_projection_tp0 "
            + "prefill_l2_m0_attention_norm>prefill_l2_m0_qkv_projection_tp1")]
    [InlineData(
        "pipeline",
        "batch prefill_l2_m0_attention_norm 1",
        "fail: 1 node whose receive is not in the next stage: prefill_s1_m0_pipeline_send_recv (stage 1 to stage 2 at "
            + "prefill_l2_m0_attention_norm)",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "batch prefill_l1_m0_ffn_residual 1",
        "fail: 1 node that sends for another stage, phase or micro-batch: prefill_s1_m0_pipeline_send_recv (from "
            + "prefill_l1_m0_ffn_residual)",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "phase prefill_l1_m0_ffn_residual decode",
        "fail: 1 node that sends for another stage, phase or micro-batch: prefill_s1_m0_pipeline_send_recv (from "
            + "prefill_l1_m0_ffn_residual)",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "phase prefill_l2_m0_attention_norm decode",
        "fail: 1 node whose receive is not in the next stage: prefill_s1_m0_pipeline_send_recv (stage 1 to stage 2 at "
            + "prefill_l2_m0_attention_norm)",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "- prefill_l1_m0_ffn_residual > prefill_s1_m0_pipeline_send_recv",
        "fail: 1 node that receives without a send: prefill_s1_m0_pipeline_send_recv",
        "prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "- prefill_l1_m0_ffn_residual > prefill_s1_m0_pipeline_send_recv; + prefill_l1_m0_ffn_residual > "
            + "prefill_s1_m0_pipeline_send_recv",
        "fail: 1 edge into a send that is not of kind pipeline: prefill_l1_m0_ffn_residual -> prefill_s1_m0_pipeline_send_recv",
        "| prefill_l1_m0_ffn_residual>prefill_s1_m0_pipeline_send_recv")]
    [InlineData(
        "pipeline",
        "- prefill_s1_m0_pipeline_send_recv > prefill_l2_m0_attention_norm",
        "pass: 4 Send/Recv nodes over 2 stage boundaries, each between consecutive stages and of equal size on both ends")]
    [InlineData("pipeline", "remove prefill_s1_m0_pipeline_send_recv", "fail: prefill stage 1, micro-batch 0: nothing is sent to stage 2")]
    [InlineData(
        "pipeline",
        "remove prefill_s1_m0_pipeline_send_recv; remove prefill_s1_m1_pipeline_send_recv",
        "fail: prefill stage 1, micro-batch 0: nothing is sent to stage 2; prefill stage 1, micro-batch 1: nothing is sent to "
            + "stage 2")]
    [InlineData(
        "pipeline",
        "remove prefill_s1_m0_pipeline_send_recv; remove prefill_s1_m1_pipeline_send_recv; remove "
            + "prefill_s2_m0_pipeline_send_recv; remove prefill_s2_m1_pipeline_send_recv",
        "pass: no phase has a second stage, so nothing is sent and no edge leaves a stage")]
    [InlineData(
        "pipeline",
        "copy prefill_s1_m0_pipeline_send_recv x",
        "fail: prefill stages 1 to 2, micro-batch 0: a GPU takes part in more than one transfer")]
    [InlineData(
        "pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 0,2; copy prefill_s1_m0_pipeline_send_recv x; gpus x 1,3",
        "fail: 2 nodes that do not state their pairs: prefill_s1_m0_pipeline_send_recv (group size 2, groups 2, 2 GPUs), x (group "
            + "size 2, groups 2, 2 GPUs)",
        "prefill_s1_m0_pipeline_send_recv x")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_ffn_norm > prefill_l2_m0_ffn_norm",
        "fail: 1 edge that leaves a stage without being sent: prefill_l1_m0_ffn_norm -> prefill_l2_m0_ffn_norm (stage 1 to stage "
            + "2)",
        "| prefill_l1_m0_ffn_norm>prefill_l2_m0_ffn_norm")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_ffn_norm > prefill_l2_m0_ffn_norm pipeline",
        "fail: 1 edge of kind pipeline that leads into no send: prefill_l1_m0_ffn_norm -> prefill_l2_m0_ffn_norm",
        "| prefill_l1_m0_ffn_norm>prefill_l2_m0_ffn_norm")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_ffn_norm > prefill_l3_m0_ffn_norm pipeline",
        "fail: 1 edge of kind pipeline that leads into no send: prefill_l1_m0_ffn_norm -> prefill_l3_m0_ffn_norm; 1 edge between "
            + "stages that are not consecutive: prefill_l1_m0_ffn_norm -> prefill_l3_m0_ffn_norm (stage 1 to stage 3)",
        "| prefill_l1_m0_ffn_norm>prefill_l3_m0_ffn_norm")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_ffn_norm > prefill_l2_m0_ffn_norm kv",
        "pass: 4 Send/Recv nodes over 2 stage boundaries, each between consecutive stages and of equal size on both ends")]
    [InlineData(
        "pipeline",
        "+ prefill_l1_m0_attention_norm > prefill_l1_m0_ffn_norm pipeline",
        "fail: 1 edge of kind pipeline that leads into no send: prefill_l1_m0_attention_norm -> prefill_l1_m0_ffn_norm; 1 edge "
            + "between stages that are not consecutive: prefill_l1_m0_attention_norm -> prefill_l1_m0_ffn_norm (stage 1 to stage "
            + "1)",
        "| prefill_l1_m0_attention_norm>prefill_l1_m0_ffn_norm")]
    [InlineData(
        "pipeline",
        "+ prefill_l2_m0_ffn_norm > prefill_l1_m1_ffn_norm",
        "fail: 1 edge that leaves a stage without being sent: prefill_l2_m0_ffn_norm -> prefill_l1_m1_ffn_norm (stage 2 to stage "
            + "1)",
        "| prefill_l2_m0_ffn_norm>prefill_l1_m1_ffn_norm")]
    [InlineData("moe", "", "pass: no phase has a second stage, so nothing is sent and no edge leaves a stage")]
    [InlineData("overview", "", "pass: no phase has a second stage, so nothing is sent and no edge leaves a stage")]
    [InlineData(
        "alike",
        "+ prefill_l1_m0_ffn_norm > prefill_l2_m0_ffn_norm pipeline",
        "fail: 1 edge of kind pipeline that leads into no send: prefill_l1_m0_ffn_norm -> prefill_l2_m0_ffn_norm; 1 edge between "
            + "stages that are not consecutive: prefill_l1_m0_ffn_norm -> prefill_l2_m0_ffn_norm (stage 1 to stage 1)",
        "| prefill_l1_m0_ffn_norm>prefill_l2_m0_ffn_norm")]
    [InlineData("parallel", "header", "pass: no phase has a second stage, so nothing is sent and no edge leaves a stage")]
    [InlineData(
        "stages",
        "",
        "pass: 4 Send/Recv nodes over 4 stage boundaries, each between consecutive stages and of equal size on both ends")]
    [InlineData(
        "stages",
        "gpus prefill_s3_pipeline_send_recv 4,6",
        "fail: 1 node that does not state its pairs: prefill_s3_pipeline_send_recv (group size 2, groups 2, 2 GPUs); prefill "
            + "stages 3 to 4, micro-batch 0: nothing sent or received on GPUs 5,7",
        "prefill_s3_pipeline_send_recv")]
    public void A_stage_sends_to_the_next_for_every_micro_batch(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD007"));
}
