using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// What every operator of a phase is declared against: the model, the strategy, one micro-batch of the workload, and the two factorings of a stage's ranks.
/// </summary>
public sealed class PhaseContext
{
    /// <summary>Axes along which the Operator view draws separate nodes of a token-wise operator.</summary>
    internal static readonly Axis[] BySequence = [Axis.Sp];

    /// <summary>Axes along which the Operator view draws separate nodes of a tensor-parallel operator.</summary>
    internal static readonly Axis[] BySequenceAndTensor = [Axis.Sp, Axis.Tp];

    /// <summary>Batch over dp (and a dedicated ep), sequence over sp.</summary>
    private static readonly (Axis, Placement)[] TokenPlacements =
    [
        (Axis.Dp, Placement.Shard("batch_size")),
        (Axis.Ep, Placement.Shard("batch_size")),
        (Axis.Sp, Placement.Shard("seq_len")),
    ];

    /// <summary>A context for micro-batches of <paramref name="batch"/> sequences.</summary>
    public PhaseContext(ModelSpec model, WorkloadSpec workload, PhaseKind phase, PhaseStrategy strategy, int batch)
    {
        Model = model;
        Phase = phase;
        Strategy = strategy;
        Batch = batch;
        PromptLength = workload.PromptLength;
        SequenceLength = phase == PhaseKind.Prefill ? workload.PromptLength : 1;
        AttendedLength = phase == PhaseKind.Prefill ? workload.PromptLength : (long)workload.PromptLength + workload.OutputLength;
        Mesh = StrategyMesh.OfStage(strategy);
        ExpertMesh = StrategyMesh.OfExperts(strategy);
        ExpertTensorAxis = strategy.ExpertParallel == ExpertParallelMode.Folded ? Axis.Etp : Axis.Tp;
    }

    /// <summary>The model.</summary>
    public ModelSpec Model { get; }

    /// <summary>Prefill or decode.</summary>
    public PhaseKind Phase { get; }

    /// <summary>The parallel strategy.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>Sequences of the micro-batch, over all data-parallel replicas.</summary>
    public int Batch { get; }

    /// <summary>Prompt tokens of a sequence.</summary>
    public long PromptLength { get; }

    /// <summary>Positions that pass through the layers: the prompt, or 1.</summary>
    public long SequenceLength { get; }

    /// <summary>Positions that attention sees: the prompt, or the whole cache of the last decode step.</summary>
    public long AttendedLength { get; }

    /// <summary>The ranks of a stage by attention axes.</summary>
    public DeviceMesh Mesh { get; }

    /// <summary>The ranks of a stage by expert axes; the same mesh when experts have an axis of their own.</summary>
    public DeviceMesh ExpertMesh { get; }

    /// <summary>The axis that splits an expert's FFN: tp, or etp when folded.</summary>
    public Axis ExpertTensorAxis { get; }

    /// <summary>Bytes of one element.</summary>
    public int ElementBytes => Model.DataType.Bytes();

    /// <summary>True when norms, residuals and pipeline messages are split over tp.</summary>
    public bool SplitsNorms => Strategy.AttentionOutput == AttentionOutput.ReduceScatter && Mesh.Degree(Axis.Tp) > 1;

    /// <summary>The dimension that tp splits where norms are split: the sequence, or the batch where the sequence is one token.</summary>
    public string NormSplitDimension => Phase == PhaseKind.Prefill ? "seq_len" : "batch_size";

    /// <summary>The stream of hidden states between blocks: [batch_size, seq_len, hidden], split over tp in reduceScatter mode.</summary>
    public ShardedTensor Stream => SplitsNorms ? Hidden.With((Axis.Tp, Placement.Shard(NormSplitDimension))) : Hidden;

    /// <summary>Hidden states with every tp rank holding all of them.</summary>
    public ShardedTensor Hidden => Tokens(null, ("hidden", Model.Hidden));

    /// <summary>Where the model's KV cache lies after the projections.</summary>
    public IReadOnlyList<ShardedTensor> KeyValue => Model.Mla is MlaSpec mla
        ? [Tokens("KV", ("latent_dim", mla.LatentDim))]
        : [Heads("K", "kv_heads", KvSlots, Model.HeadDim), Heads("V", "kv_heads", KvSlots, Model.HeadDim)];

    /// <summary>KV heads over all tp ranks: replicated to one per rank where there are fewer heads than ranks.</summary>
    public int KvSlots => Math.Max(Model.KvHeads, Mesh.Degree(Axis.Tp));

    /// <summary>A tensor of the phase's tokens with trailing dimensions, batch and sequence sharded, replicated over tp.</summary>
    public ShardedTensor Tokens(string? name, params ReadOnlySpan<(string Name, long Size)> trailing) => Tokens(name, ElementBytes, trailing);

    /// <summary>The same with another element size.</summary>
    public ShardedTensor Tokens(string? name, int elementBytes, params ReadOnlySpan<(string Name, long Size)> trailing) =>
        new(name, Mesh, elementBytes, [("batch_size", Batch), ("seq_len", SequenceLength), .. trailing], TokenPlacements);

    /// <summary>A tensor with heads sharded over tp.</summary>
    public ShardedTensor Heads(string? name, string dimension, long heads, long headDim) =>
        Tokens(name, (dimension, heads), ("d_k", headDim)).With((Axis.Tp, Placement.Shard(dimension)));

    /// <summary>The tokens of the phase that a rank holds in the layout of <paramref name="tensor"/>.</summary>
    public static long LocalTokens(ShardedTensor tensor, int rank) => tensor.LocalSize(rank, 0) * tensor.LocalSize(rank, 1);
}
