namespace ParallelDag.Graphs;

/// <summary>The closed vocabulary of operators, as files carry them in <c>op</c>.</summary>
public static class Ops
{
#pragma warning disable CS1591 // Each name is the operator's own.
    public const string Input = "input";
    public const string Embedding = "embedding";
    public const string EmbeddingAllReduce = "embedding_all_reduce";
    public const string EmbeddingReduceScatter = "embedding_reduce_scatter";
    public const string Split = "split";
    public const string AttentionNorm = "attention_norm";
    public const string QkvAllGather = "qkv_all_gather";
    public const string QkvProjection = "qkv_projection";
    public const string KvAllGather = "kv_all_gather";
    public const string RingKv = "ring_kv";
    public const string UlyssesAllToAll = "ulysses_all_to_all";
    public const string Attention = "attention";
    public const string AttentionAllGather = "attention_all_gather";
    public const string OutputProjection = "output_projection";
    public const string AttentionAllReduce = "attention_all_reduce";
    public const string AttentionReduceScatter = "attention_reduce_scatter";
    public const string AttentionResidual = "attention_residual";
    public const string FfnNorm = "ffn_norm";
    public const string FfnAllGather = "ffn_all_gather";
    public const string FfnUp = "ffn_up";
    public const string FfnDown = "ffn_down";
    public const string FfnAllReduce = "ffn_all_reduce";
    public const string FfnReduceScatter = "ffn_reduce_scatter";
    public const string Gate = "gate";
    public const string TopK = "top_k";
    public const string Dispatch = "dispatch";
    public const string ExpertAllGather = "expert_all_gather";
    public const string ExpertReduceScatter = "expert_reduce_scatter";
    public const string Experts = "experts";
    public const string SharedExperts = "shared_experts";
    public const string Combine = "combine";
    public const string ExpertAggregation = "expert_aggregation";
    public const string FfnResidual = "ffn_residual";
    public const string PipelineSendRecv = "pipeline_send_recv";
    public const string KvTransfer = "kv_transfer";
    public const string FinalNorm = "final_norm";
    public const string Gather = "gather";
    public const string LmHead = "lm_head";
    public const string LogitsAllGather = "logits_all_gather";
    public const string Sampling = "sampling";
    public const string Output = "output";
#pragma warning restore CS1591

    /// <summary>Every operator, in the order in which a token meets them.</summary>
    public static IReadOnlyList<string> All { get; } = (string[])
    [
        Input, Split, Embedding, EmbeddingAllReduce, EmbeddingReduceScatter, AttentionNorm, QkvAllGather, QkvProjection,
        KvAllGather, RingKv, UlyssesAllToAll, Attention, AttentionAllGather, OutputProjection, AttentionAllReduce,
        AttentionReduceScatter, AttentionResidual, FfnNorm, FfnAllGather, FfnUp, FfnDown, Gate, TopK, Dispatch,
        ExpertAllGather, Experts, ExpertReduceScatter, SharedExperts, Combine, ExpertAggregation, FfnAllReduce,
        FfnReduceScatter, FfnResidual, PipelineSendRecv, KvTransfer, FinalNorm, Gather, LmHead, LogitsAllGather,
        Sampling, Output,
    ];
}
