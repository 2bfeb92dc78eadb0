using ParallelDag.Graphs;
using ParallelDag.Meshes;

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

    /// <summary>True for experts: by operator, or, in a drawing without operators, by a computation whose label numbers experts.</summary>
    public static bool IsExperts(NodeFacts facts) => facts.Op == Ops.Experts || (facts.Op is null && facts.Experts is not null && facts.Kind == NodeKind.Computation);

    /// <summary>True for what chooses experts: a Top-k by operator, or, in a drawing without operators, a routing node that is no split by its label.</summary>
    public static bool IsSelection(NodeFacts facts) => facts.Op == Ops.TopK
        || (facts is { Op: null, Kind: NodeKind.Routing, Drawing.KindSource: KindSource.Stated or KindSource.Label } && !facts.Name.Contains("split", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The sets of axes that a collective of an operator may run over, the usual one first; empty for an operator that is no collective of process groups.
    /// Two candidates where the strategy decides: a sum of expert outputs is owed over tp or, folded, over etp; the last gather joins what is split, sp, tp or both.
    /// </summary>
    public static IReadOnlyList<Axis[]> GroupAxesOf(string? op) => op switch
    {
        Ops.EmbeddingAllReduce or Ops.EmbeddingReduceScatter or Ops.QkvAllGather or Ops.AttentionAllGather or Ops.AttentionAllReduce
            or Ops.AttentionReduceScatter or Ops.FfnAllGather or Ops.LogitsAllGather => OverTp,
        Ops.FfnAllReduce or Ops.FfnReduceScatter => OverTpOrEtp,
        Ops.ExpertAllGather or Ops.ExpertReduceScatter => OverEtpOrTp,
        Ops.KvAllGather or Ops.RingKv or Ops.UlyssesAllToAll => OverSp,
        Ops.Dispatch or Ops.Combine => OverEp,
        Ops.Gather => LastGather,
        null => AnyOne,
        _ => [],
    };

    private static readonly Axis[][] OverTp = [[Axis.Tp]];
    private static readonly Axis[][] OverSp = [[Axis.Sp]];
    private static readonly Axis[][] OverEp = [[Axis.Ep]];
    private static readonly Axis[][] OverTpOrEtp = [[Axis.Tp], [Axis.Etp]];
    private static readonly Axis[][] OverEtpOrTp = [[Axis.Etp], [Axis.Tp]];
    private static readonly Axis[][] LastGather = [[Axis.Sp], [Axis.Tp], [Axis.Sp, Axis.Tp]];
    private static readonly Axis[][] AnyOne = [[Axis.Tp], [Axis.Sp], [Axis.Ep], [Axis.Etp], [Axis.Dp], [Axis.Sp, Axis.Tp]];
}
