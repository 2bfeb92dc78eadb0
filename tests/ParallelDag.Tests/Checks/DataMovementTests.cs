namespace ParallelDag.Tests.Checks;

/// <summary>Data moves between GPUs through communication alone. Edges of good graphs are counted by where they lead.</summary>
public class DataMovementTests
{
    /// <summary>
    /// A shard on other GPUs, a collective that lacks members, and an exchange of tokens with experts that is left out.
    /// </summary>
    [Theory]
    [InlineData("moe",
        "",
        "pass: 125 edges with GPUs on both ends; 58 on the same GPUs, 62 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("alike",
        "",
        "pass: 182 edges with GPUs on both ends; 114 on the same GPUs, 62 into or out of communication, 6 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("apart",
        "",
        "pass: 35 edges with GPUs on both ends; 28 on the same GPUs, 2 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("device",
        "",
        "pass: 88 edges with GPUs on both ends; 60 on the same GPUs, 20 into or out of communication, 8 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("split cache",
        "",
        "pass: 135 edges with GPUs on both ends; 58 on the same GPUs, 70 into or out of communication, 7 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("overview",
        "",
        "pass: 30 edges with GPUs on both ends; 15 on the same GPUs, 10 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "gpus prefill_l1_attention_norm 4-7",
        "fail: 1 edge whose communication does not hold the GPUs of its other end: prefill_s1_embedding_all_reduce -> "
            + "prefill_l1_attention_norm (GPUs 0-3 to GPUs 4-7: name them on it); 2 edges that take data to other GPUs without "
            + "communication: prefill_l1_attention_norm -> prefill_l1_qkv_projection_tp0 (GPUs 4-7 to GPUs 0,2: add a Send/Recv from "
            + "GPUs 4-7 to GPUs 0,2), prefill_l1_attention_norm -> prefill_l1_qkv_projection_tp1 (GPUs 4-7 to GPUs 1,3: add a "
            + "Send/Recv from GPUs 4-7 to GPUs 1,3); 3 nodes that take data which no producer has on their GPUs: "
            + "prefill_l1_attention_norm (GPUs 4-7: bring it there through communication, or add the shard of All-Reduce "
            + "(embedding)), prefill_l1_qkv_projection_tp0 (GPUs 0,2: bring it there through communication, or add the shard of "
            + "Attention RMSNorm), prefill_l1_qkv_projection_tp1 (GPUs 1,3: bring it there through communication, or add the shard "
            + "of Attention RMSNorm)",
        "prefill_s1_embedding_all_reduce prefill_l1_attention_norm prefill_l1_qkv_projection_tp0 prefill_l1_qkv_projection_tp1 | "
            + "prefill_s1_embedding_all_reduce>prefill_l1_attention_norm prefill_l1_attention_norm>prefill_l1_qkv_projection_tp0 "
            + "prefill_l1_attention_norm>prefill_l1_qkv_projection_tp1")]
    [InlineData("moe",
        "gpus prefill_l1_attention_norm 0-2",
        "fail: 1 node that takes data which no producer has on its GPUs: prefill_l1_qkv_projection_tp1 (GPU 3: bring it there "
            + "through communication, or add the shard of Attention RMSNorm)",
        "prefill_l1_qkv_projection_tp1")]
    [InlineData("moe",
        "gpus prefill_l1_qkv_projection_tp0 0-1",
        "fail: 1 node that takes data which no producer has on its GPUs: prefill_l1_attention_tp0 (GPU 2: bring it there through "
            + "communication, or add the shard of QKV Projection (column-parallel))",
        "prefill_l1_attention_tp0")]
    [InlineData("moe",
        "gpus prefill_l1_qkv_projection_tp0 1,3",
        "fail: 2 edges that take data to other GPUs without communication: prefill_l1_qkv_projection_tp0 -> "
            + "prefill_l1_attention_tp0 (GPUs 1,3 to GPUs 0,2: add a Send/Recv from GPUs 1,3 to GPUs 0,2), "
            + "prefill_l1_qkv_projection_tp0 -> decode_l1_attention_tp0 (GPUs 1,3 to GPUs 0,2: add a Send/Recv from GPUs 1,3 to GPUs "
            + "0,2); 1 node that takes data which no producer has on its GPUs: prefill_l1_attention_tp0 (GPUs 0,2: bring it there "
            + "through communication, or add the shard of QKV Projection (column-parallel))",
        "prefill_l1_qkv_projection_tp0 prefill_l1_attention_tp0 decode_l1_attention_tp0 | "
            + "prefill_l1_qkv_projection_tp0>prefill_l1_attention_tp0 prefill_l1_qkv_projection_tp0>decode_l1_attention_tp0")]
    [InlineData("moe",
        "gpus prefill_l1_attention_all_reduce 0-2",
        "fail: 1 node whose data some GPUs never hand to the collective: prefill_l1_output_projection_tp1 (GPU 3: name them on "
            + "it); 1 node that takes data which no producer has on its GPUs: prefill_l1_attention_residual (GPU 3: bring it there "
            + "through communication, or add the shard of All-Reduce (attention output))",
        "prefill_l1_output_projection_tp1 prefill_l1_attention_residual")]
    [InlineData("moe",
        "gpus prefill_l1_attention_all_reduce 4-5",
        "fail: 3 edges whose communication does not hold the GPUs of its other end: prefill_l1_output_projection_tp0 -> "
            + "prefill_l1_attention_all_reduce (GPUs 0,2 to GPUs 4-5: name them on it), prefill_l1_output_projection_tp1 -> "
            + "prefill_l1_attention_all_reduce (GPUs 1,3 to GPUs 4-5: name them on it), prefill_l1_attention_all_reduce -> "
            + "prefill_l1_attention_residual (GPUs 4-5 to GPUs 0-3: name them on it); 2 nodes whose data some GPUs never hand to the "
            + "collective: prefill_l1_output_projection_tp0 (GPUs 0,2: name them on it), prefill_l1_output_projection_tp1 (GPUs 1,3: "
            + "name them on it); 2 nodes that take data which no producer has on their GPUs: prefill_l1_attention_all_reduce (GPUs "
            + "4-5: bring it there through communication, or add the shard of Output Projection (row-parallel)), "
            + "prefill_l1_attention_residual (GPUs 0-3: bring it there through communication, or add the shard of All-Reduce "
            + "(attention output))",
        "prefill_l1_output_projection_tp0 prefill_l1_attention_all_reduce prefill_l1_output_projection_tp1 "
            + "prefill_l1_attention_residual | prefill_l1_output_projection_tp0>prefill_l1_attention_all_reduce "
            + "prefill_l1_output_projection_tp1>prefill_l1_attention_all_reduce "
            + "prefill_l1_attention_all_reduce>prefill_l1_attention_residual")]
    [InlineData("moe",
        "gpus prefill_l1_attention_all_reduce 0,2",
        "fail: 1 edge whose communication does not hold the GPUs of its other end: prefill_l1_output_projection_tp1 -> "
            + "prefill_l1_attention_all_reduce (GPUs 1,3 to GPUs 0,2: name them on it); 1 node whose data some GPUs never hand to "
            + "the collective: prefill_l1_output_projection_tp1 (GPUs 1,3: name them on it); 1 node that takes data which no "
            + "producer has on its GPUs: prefill_l1_attention_residual (GPUs 1,3: bring it there through communication, or add the "
            + "shard of All-Reduce (attention output))",
        "prefill_l1_output_projection_tp1 prefill_l1_attention_all_reduce prefill_l1_attention_residual | "
            + "prefill_l1_output_projection_tp1>prefill_l1_attention_all_reduce")]
    [InlineData("moe",
        "gpus prefill_l1_attention_norm none",
        "pass: 122 edges with GPUs on both ends; 56 on the same GPUs, 61 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "gpus prefill_l1_dispatch 0-1",
        "fail: 1 node whose data some GPUs never hand to the collective: prefill_l1_top_k (GPUs 2-3: name them on it); 1 edge "
            + "whose communication does not hold the GPUs of its other end: prefill_l1_dispatch -> prefill_l1_experts_ep1 (GPUs 0-1 "
            + "to GPUs 2-3: name them on it); 1 node that takes data which no producer has on its GPUs: prefill_l1_experts_ep1 (GPUs "
            + "2-3: bring it there through communication, or add the shard of Dispatch All-to-All)",
        "prefill_l1_top_k prefill_l1_dispatch prefill_l1_experts_ep1 | prefill_l1_dispatch>prefill_l1_experts_ep1")]
    [InlineData("moe",
        "gpus prefill_l1_combine 0-1",
        "fail: 1 edge whose communication does not hold the GPUs of its other end: prefill_l1_experts_ep1 -> prefill_l1_combine "
            + "(GPUs 2-3 to GPUs 0-1: name them on it); 1 node whose data some GPUs never hand to the collective: "
            + "prefill_l1_experts_ep1 (GPUs 2-3: name them on it); 1 node that takes data which no producer has on its GPUs: "
            + "prefill_l1_expert_aggregation (GPUs 2-3: bring it there through communication, or add the shard of Combine All-to-All)",
        "prefill_l1_experts_ep1 prefill_l1_combine prefill_l1_expert_aggregation | prefill_l1_experts_ep1>prefill_l1_combine")]
    [InlineData("moe",
        "remove prefill_l1_experts_ep1",
        "fail: 1 node that takes data which no producer has on its GPUs: prefill_l1_combine (GPUs 2-3: bring it there through "
            + "communication, or add the shard of Experts)",
        "prefill_l1_combine")]
    [InlineData("moe",
        "bridge prefill_l1_dispatch",
        "fail: 2 nodes whose experts never get the tokens of other ranks: prefill_l1_experts_ep0 (add an All-to-All over GPUs 0,2 "
            + "between prefill_l1_ffn_norm and it), prefill_l1_experts_ep1 (add an All-to-All over GPUs 0,2 between "
            + "prefill_l1_ffn_norm and it)",
        "prefill_l1_experts_ep0 prefill_l1_ffn_norm prefill_l1_experts_ep1")]
    [InlineData("moe",
        "bridge prefill_l1_combine",
        "fail: 1 node that never gets back what other ranks' experts made: prefill_l1_expert_aggregation (add an All-to-All over "
            + "GPUs 0,2 between prefill_l1_experts_ep0 and it)",
        "prefill_l1_expert_aggregation prefill_l1_experts_ep0")]
    [InlineData("moe",
        "bridge prefill_l1_attention_all_reduce",
        "pass: 124 edges with GPUs on both ends; 60 on the same GPUs, 59 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "detail overview; bridge prefill_l1_dispatch",
        "pass: 125 edges with GPUs on both ends; 62 on the same GPUs, 58 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "remove prefill_l1_attention_tp1",
        "pass: 123 edges with GPUs on both ends; 56 on the same GPUs, 62 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "- prefill_l1_output_projection_tp1 > prefill_l1_attention_all_reduce",
        "fail: 1 node that takes data which no producer has on its GPUs: prefill_l1_attention_all_reduce (GPUs 1,3: bring it there "
            + "through communication, or add the shard of Output Projection (row-parallel))",
        "prefill_l1_attention_all_reduce")]
    [InlineData("moe",
        "- prefill_l1_attention_all_reduce > prefill_l1_attention_residual",
        "pass: 124 edges with GPUs on both ends; 58 on the same GPUs, 61 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "- prefill_l1_attention_norm > prefill_l1_qkv_projection_tp1",
        "pass: 124 edges with GPUs on both ends; 57 on the same GPUs, 62 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 2-3",
        "pass: 146 edges with GPUs on both ends; 78 on the same GPUs, 62 into or out of communication, 6 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("pipeline",
        "gpus prefill_s1_m0_pipeline_send_recv 4-5",
        "fail: 2 nodes that take data which no producer has on their GPUs: prefill_l2_m0_attention_norm (GPUs 2-3: bring it there "
            + "through communication, or add the shard of Pipeline Send/Recv), prefill_l2_m0_attention_residual (GPUs 2-3: bring it "
            + "there through communication, or add the shard of Pipeline Send/Recv)",
        "prefill_l2_m0_attention_norm prefill_l2_m0_attention_residual")]
    [InlineData("pipeline",
        "bridge prefill_s1_m0_pipeline_send_recv",
        "fail: 2 edges that take data to other GPUs without communication: prefill_l1_m0_ffn_residual -> "
            + "prefill_l2_m0_attention_norm (GPUs 0-1 to GPUs 2-3: add a Send/Recv from GPUs 0-1 to GPUs 2-3), "
            + "prefill_l1_m0_ffn_residual -> prefill_l2_m0_attention_residual (GPUs 0-1 to GPUs 2-3: add a Send/Recv from GPUs 0-1 "
            + "to GPUs 2-3); 2 nodes that take data which no producer has on their GPUs: prefill_l2_m0_attention_norm (GPUs 2-3: "
            + "bring it there through communication, or add the shard of Residual Add), prefill_l2_m0_attention_residual (GPUs 2-3: "
            + "bring it there through communication, or add the shard of Residual Add)",
        "prefill_l1_m0_ffn_residual prefill_l2_m0_attention_norm prefill_l2_m0_attention_residual | "
            + "prefill_l1_m0_ffn_residual>prefill_l2_m0_attention_norm prefill_l1_m0_ffn_residual>prefill_l2_m0_attention_residual")]
    [InlineData("pipeline",
        "+ prefill_l1_m0_ffn_residual > prefill_l2_m0_attention_norm order",
        "pass: 146 edges with GPUs on both ends; 78 on the same GPUs, 62 into or out of communication, 6 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("pipeline",
        "+ prefill_l1_m0_ffn_residual > prefill_l2_m0_attention_norm",
        "fail: 1 edge that takes data to other GPUs without communication: prefill_l1_m0_ffn_residual -> "
            + "prefill_l2_m0_attention_norm (GPUs 0-1 to GPUs 2-3: add a Send/Recv from GPUs 0-1 to GPUs 2-3); 1 node that takes "
            + "data which no producer has on its GPUs: prefill_l2_m0_attention_norm (GPUs 2-3: bring it there through communication, "
            + "or add the shard of Residual Add)",
        "prefill_l1_m0_ffn_residual prefill_l2_m0_attention_norm | prefill_l1_m0_ffn_residual>prefill_l2_m0_attention_norm")]
    [InlineData("apart",
        "bridge prefill_l1_kv_transfer",
        "fail: 1 edge that takes data to other GPUs without communication: prefill_l1_qkv_projection -> decode_l1_attention (GPU 0 "
            + "to GPU 1: add a Send/Recv from GPU 0 to GPU 1)",
        "prefill_l1_qkv_projection decode_l1_attention | prefill_l1_qkv_projection>decode_l1_attention")]
    [InlineData("apart",
        "gpus prefill_l1_kv_transfer 0",
        "pass: 35 edges with GPUs on both ends; 28 on the same GPUs, 2 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("apart",
        "gpus prefill_s1_input 7; gpus decode_s1_output 9",
        "pass: 35 edges with GPUs on both ends; 28 on the same GPUs, 2 into or out of communication, 5 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("moe",
        "gpus prefill_l1_output_projection_tp1 0,2",
        "fail: 1 edge that takes data to other GPUs without communication: prefill_l1_attention_tp1 -> "
            + "prefill_l1_output_projection_tp1 (GPUs 1,3 to GPUs 0,2: add a Send/Recv from GPUs 1,3 to GPUs 0,2); 2 nodes that take "
            + "data which no producer has on their GPUs: prefill_l1_output_projection_tp1 (GPUs 0,2: bring it there through "
            + "communication, or add the shard of Attention (causal)), prefill_l1_attention_all_reduce (GPUs 1,3: bring it there "
            + "through communication, or add the shard of Output Projection (row-parallel))",
        "prefill_l1_attention_tp1 prefill_l1_output_projection_tp1 prefill_l1_attention_all_reduce | "
            + "prefill_l1_attention_tp1>prefill_l1_output_projection_tp1")]
    [InlineData("moe",
        "copy prefill_l1_attention_all_reduce x; gpus x 0,2; gpus prefill_l1_attention_all_reduce 0,2",
        "fail: 2 edges whose communication does not hold the GPUs of its other end: prefill_l1_output_projection_tp1 -> "
            + "prefill_l1_attention_all_reduce (GPUs 1,3 to GPUs 0,2: name them on it), prefill_l1_output_projection_tp1 -> x (GPUs "
            + "1,3 to GPUs 0,2: name them on it); 1 node whose data some GPUs never hand to the collective: "
            + "prefill_l1_output_projection_tp1 (GPUs 1,3: name them on it); 1 node that takes data which no producer has on its "
            + "GPUs: prefill_l1_attention_residual (GPUs 1,3: bring it there through communication, or add the shard of All-Reduce "
            + "(attention output))",
        "prefill_l1_output_projection_tp1 prefill_l1_attention_all_reduce x prefill_l1_attention_residual | "
            + "prefill_l1_output_projection_tp1>prefill_l1_attention_all_reduce prefill_l1_output_projection_tp1>x")]
    [InlineData("alike experts",
        "",
        "pass: 322 edges with GPUs on both ends; 200 on the same GPUs, 112 into or out of communication, 10 at inputs, outputs and "
            + "nodes that do not say what they do")]
    [InlineData("alike",
        "gpus prefill_l2_m0_ffn_norm 0; gpus prefill_l2_m1_ffn_norm 0; gpus prefill_l3_m0_ffn_norm 0; gpus prefill_l3_m1_ffn_norm 0",
        "fail: 4 edges that take data to other GPUs without communication: prefill_l2_m0_ffn_norm -> prefill_l2_m0_ffn_up_tp1 (GPU "
            + "0 to GPU 1: add a Send/Recv from GPU 0 to GPU 1), prefill_l3_m0_ffn_norm -> prefill_l3_m0_ffn_up_tp1 (GPU 0 to GPU 1: "
            + "add a Send/Recv from GPU 0 to GPU 1), prefill_l2_m1_ffn_norm -> prefill_l2_m1_ffn_up_tp1 (GPU 0 to GPU 1: add a "
            + "Send/Recv from GPU 0 to GPU 1), prefill_l3_m1_ffn_norm -> prefill_l3_m1_ffn_up_tp1 (GPU 0 to GPU 1: add a Send/Recv "
            + "from GPU 0 to GPU 1); 4 nodes that take data which no producer has on their GPUs: prefill_l2_m0_ffn_up_tp1 (GPU 1: "
            + "bring it there through communication, or add the shard of FFN RMSNorm), prefill_l3_m0_ffn_up_tp1 (GPU 1: bring it "
            + "there through communication, or add the shard of FFN RMSNorm), prefill_l2_m1_ffn_up_tp1 (GPU 1: bring it there "
            + "through communication, or add the shard of FFN RMSNorm), prefill_l3_m1_ffn_up_tp1 (GPU 1: bring it there through "
            + "communication, or add the shard of FFN RMSNorm)",
        "prefill_l2_m0_ffn_norm prefill_l2_m0_ffn_up_tp1 prefill_l3_m0_ffn_norm prefill_l3_m0_ffn_up_tp1 prefill_l2_m1_ffn_norm "
            + "prefill_l2_m1_ffn_up_tp1 prefill_l3_m1_ffn_norm prefill_l3_m1_ffn_up_tp1 | "
            + "prefill_l2_m0_ffn_norm>prefill_l2_m0_ffn_up_tp1 prefill_l3_m0_ffn_norm>prefill_l3_m0_ffn_up_tp1 "
            + "prefill_l2_m1_ffn_norm>prefill_l2_m1_ffn_up_tp1 prefill_l3_m1_ffn_norm>prefill_l3_m1_ffn_up_tp1")]
    public void A_node_or_edge_elsewhere_is_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD022"));

    /// <summary>Beside each fault the nearest drawing that has none.</summary>
    [Theory]
    [InlineData("a [label=MLP]; b [label=Norm]; a -> b", "skipped: not checked: no edge with GPUs on both of its ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; b [label=\"Norm\\nGPU 0\"]; a -> b",
        "pass: 1 edge with GPUs on both ends; 1 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=2]\"]; "
            + "c [label=\"Attention C\\nGPU: 2\\nOutput: [b=1, heads=2]\"]; o [label=\"MLP\\nGPU: 0-2\\nInput: [b=1, heads=8]\"]; a "
            + "-> o; b -> o; c -> o",
        "fail: 1 node that takes whole what several GPUs hold parts of: o (line 1) (heads=8 of 3 parts: add an All-Gather over "
            + "GPUs 0-2 before it)",
        "o a b c")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=3]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=5]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=4]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=2, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [heads=4]\"]; o "
            + "[label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=4]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=?, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]; [b=1]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, "
            + "heads=4]\"]; o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=4]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]; [b=1]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"All-Gather\\nGPU: 0-1\\nOutput: [b=1, heads=4]\", "
            + "shape=ellipse]; o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 1 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nOutput: [b=1, heads=4]\"]; o "
            + "[label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 1 edge with GPUs on both ends; 1 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0-1\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 0-1\\nOutput: [b=1, "
            + "heads=4]\"]; o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0-1\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1-2\\nOutput: [b=1, "
            + "heads=4]\"]; o [label=\"MLP\\nGPU: 0-2\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "fail: 1 node that takes whole what several GPUs hold parts of: o (line 1) (heads=8 of 2 parts: add an All-Gather over "
            + "GPUs 0-2 before it)",
        "o a b")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention B\\nGPU: 1\\nOutput: [b=1, heads=4]\"]; "
            + "o [label=\"MLP\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o [label=\"All-Gather\"]; b -> o",
        "pass: 2 edges with GPUs on both ends; 1 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "a [label=\"Attention A\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; o [label=\"MLP\\nGPU: 0\\nInput: [b=1, heads=8]\"]; a -> o",
        "pass: 1 edge with GPUs on both ends; 1 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU: 0\"]; d [label=\"Norm\\nGPU: 0\"]; a -> c -> d",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; c [shape=ellipse, label=\"All-to-All\\nGPU: 0-3\"]; d "
            + "[label=\"Norm\"]; a -> c; b -> c; c -> d",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU: 0-3\"]; d "
            + "[label=\"Norm\"]; a -> c; b -> c; c -> d",
        "fail: 1 node with members that nothing feeds: c (line 1) (GPUs 2-3: lead what they compute into it, or leave them out of "
            + "it)",
        "c")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU: 0-3\"]; a -> c; b -> c",
        "fail: 1 node with members that nothing feeds: c (line 1) (GPUs 2-3: lead what they compute into it, or leave them out of "
            + "it)",
        "c")]
    [InlineData(
        "c [shape=ellipse, label=\"All-Reduce\\nGPU: 0-3\"]; d [label=\"Norm\\nGPU: 0-3\"]; c -> d",
        "pass: 1 edge with GPUs on both ends; 0 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0\"]; r [label=\"Residual Add\\nGPU: 0\"]; a -> r",
        "pass: 1 edge with GPUs on both ends; 1 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"Residual Add\\nGPU: 0-1\"]; a -> r",
        "fail: 1 node that takes the partial sums of tensor parallelism: r (line 1) (add an All-Reduce over GPUs 0-1 between a "
            + "(line 1) and it)",
        "r a")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"GELU\\nGPU: 0-1\"]; a -> r",
        "pass: 1 edge with GPUs on both ends; 1 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"Residual Add\\nGPU: 0-1\"]; c [shape=ellipse, "
            + "label=\"All-Reduce\\nGPU 0-1\"]; a -> r; a -> c -> r",
        "pass: 3 edges with GPUs on both ends; 1 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"Residual Add\\nGPU: 0-1\"]; c [shape=ellipse, label=\"Send\\nGPU "
            + "0-1\"]; a -> r; a -> c",
        "pass: 2 edges with GPUs on both ends; 1 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"Residual Add\\nGPU: 0-1\"]; c [label=\"MLP\\nGPU 0-1\"]; a -> r; "
            + "a -> c [label=\"All-Reduce\"]",
        "pass: 2 edges with GPUs on both ends; 1 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "a [label=\"Output Proj (TP=2)\\nGPU: 0-1\"]; r [label=\"Residual Add\\nGPU: 0-1\"]; s [label=\"Norm\\nGPU: 0-1\"]; a -> "
            + "r; a -> s",
        "fail: 2 nodes that take the partial sums of tensor parallelism: r (line 1) (add an All-Reduce over GPUs 0-1 between a "
            + "(line 1) and it), s (line 1) (add an All-Reduce over GPUs 0-1 between a (line 1) and it)",
        "r a s")]
    [InlineData(
        "a [label=\"Output Proj (TP=4)\\nGPU: 0-1\"]; b [label=\"Output Proj (TP=4)\\nGPU: 2-3\"]; r [label=\"Residual Add\\nGPU: "
            + "0-3\"]; a -> r; b -> r",
        "fail: 1 node that takes the partial sums of tensor parallelism: r (line 1) (add an All-Reduce over GPUs 0-3 between a "
            + "(line 1) and it)",
        "r a b")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"Something\"]; c [label=\"Norm\\nGPU 1\"]; a -> b -> c",
        "skipped: not checked: no edge with GPUs on both of its ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; c [label=\"Norm\\nGPU 0-1\"]; a -> c",
        "fail: 1 node that takes data which no producer has on its GPUs: c (line 1) (GPU 1: bring it there through communication)",
        "c")]
    [InlineData(
        "i [label=\"Input\\nGPU: 0\"]; c [label=\"Norm\\nGPU 0-1\"]; o [label=\"Output\\nGPU 5\"]; i -> c -> o",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 0 into or out of communication, 2 at inputs, outputs and nodes "
            + "that do not say what they do")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; d [label=\"Norm\\nGPU 0\"]; a -> c -> d",
        "fail: 1 node whose data some GPUs never hand to the collective: a (line 1) (GPU 1: name them on it)",
        "a")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; d [label=\"Norm\\nGPU 0\"]; a -> c -> d; a "
            + "-> d",
        "pass: 3 edges with GPUs on both ends; 1 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; e [shape=ellipse, label=\"All-Reduce\\nGPU "
            + "1\"]; d [label=\"Norm\\nGPU 0\"]; a -> c -> d; a -> e",
        "pass: 3 edges with GPUs on both ends; 0 on the same GPUs, 3 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; c [shape=ellipse, label=\"Exchange\\nGPU 0\"]; d [label=\"Norm\\nGPU 0\"]; a -> c -> d",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Gather\\nGPU: 0-1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; d "
            + "[label=\"Norm\\nGPU 0\"]; a -> c -> d",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 1-2\"]; d [label=\"Norm\\nGPU 1-2\"]; a -> c -> d",
        "fail: 1 edge whose communication does not hold the GPUs of its other end: a -> c (line 1) (GPU 0 to GPUs 1-2: name them "
            + "on it); 1 node whose data some GPUs never hand to the collective: a (line 1) (GPU 0: name them on it)",
        "a c | a>c")]
    [InlineData(
        "a [op=ffn_norm, kind=computation, gpus=\"0-1\"]; c [op=ffn_all_reduce, kind=communication, gpus=\"0-2\"]; d "
            + "[op=ffn_residual, kind=computation, gpus=\"0-2\"]; a -> c -> d",
        "pass: 2 edges with GPUs on both ends; 0 on the same GPUs, 2 into or out of communication")]
    [InlineData(
        "a [op=ffn_norm, kind=computation, gpus=\"0-1\"]; c [op=ffn_all_reduce, kind=communication, gpus=\"0\"]; d "
            + "[op=ffn_residual, kind=computation, gpus=\"0\"]; a -> c -> d",
        "fail: 1 node whose data some GPUs never hand to the collective: a (line 1) (GPU 1: name them on it)",
        "a")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 0\"]; c [label=\"Norm\\nGPU 0-1\"]; a -> c; b -> c",
        "fail: 1 node that takes data which no producer has on its GPUs: c (line 1) (GPU 1: bring it there through communication)",
        "c")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 0-1\"]; c [label=\"Norm\\nGPU 0-1\"]; a -> c; b -> c",
        "pass: 2 edges with GPUs on both ends; 2 on the same GPUs, 0 into or out of communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; c [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; e [shape=ellipse, label=\"All-Reduce\\nGPU "
            + "0\"]; d [label=\"Norm\\nGPU 0\"]; a -> c -> d; a -> e -> d",
        "fail: 1 node whose data some GPUs never hand to the collective: a (line 1) (GPU 1: name them on it)",
        "a")]
    [InlineData(
        "c [shape=ellipse, label=\"All-Gather\\nGPU 0-1\"]; o [label=\"Output\\nGPU 0-1\"]; c -> o",
        "pass: 1 edge with GPUs on both ends; 0 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "i [label=\"Input\\nGPU 0-1\"]; c [shape=ellipse, label=\"All-Gather\\nGPU 0-1\"]; i -> c",
        "pass: 1 edge with GPUs on both ends; 0 on the same GPUs, 1 into or out of communication")]
    [InlineData(
        "i [label=\"Input\\nGPU 0-1\"]; o [label=\"Output\\nGPU 0-1\"]; i -> o",
        "pass: 1 edge with GPUs on both ends; 0 on the same GPUs, 0 into or out of communication, 1 at inputs, outputs and nodes "
            + "that do not say what they do")]
    public void A_drawing_says_how_data_comes_to_other_GPUs(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD022"));
}
