using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>What the rules know of each operator of the vocabulary: its kind and, for a collective, the mesh axis it runs over.</summary>
internal static class OpClasses
{
    /// <summary>The kind of node that an operator is; null for a name outside the vocabulary.</summary>
    public static NodeKind? KindOf(string op) => op switch
    {
        Ops.Input => NodeKind.Input,
        Ops.Output => NodeKind.Output,
        Ops.Split or Ops.TopK => NodeKind.Routing,
        Ops.Gather or Ops.ExpertAggregation => NodeKind.Aggregation,
        Ops.EmbeddingAllReduce or Ops.EmbeddingReduceScatter or Ops.QkvAllGather or Ops.KvAllGather or Ops.RingKv or Ops.UlyssesAllToAll
            or Ops.AttentionAllGather or Ops.AttentionAllReduce or Ops.AttentionReduceScatter or Ops.FfnAllGather or Ops.FfnAllReduce
            or Ops.FfnReduceScatter or Ops.Dispatch or Ops.ExpertAllGather or Ops.ExpertReduceScatter or Ops.Combine
            or Ops.PipelineSendRecv or Ops.KvTransfer or Ops.LogitsAllGather => NodeKind.Communication,
        Ops.Embedding or Ops.AttentionNorm or Ops.QkvProjection or Ops.Attention or Ops.OutputProjection or Ops.AttentionResidual
            or Ops.FfnNorm or Ops.FfnUp or Ops.FfnDown or Ops.Gate or Ops.Experts or Ops.SharedExperts or Ops.FfnResidual
            or Ops.FinalNorm or Ops.LmHead or Ops.Sampling => NodeKind.Computation,
        _ => null,
    };
}
