using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// What every operator of a phase is declared against: the width and formats of the model's stream, the strategy, one micro-batch of the
/// workload, and the two
/// factorings of a stage's ranks. Immutable, safe to share between threads.
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
        (Axis.Replica, Placement.Shard("batch_size")),
        (Axis.Dp, Placement.Shard("batch_size")),
        (Axis.Ep, Placement.Shard("batch_size")),
        (Axis.Sp, Placement.Shard("seq_len")),
    ];

    private readonly WorkloadSpec _workload;

    /// <summary>A context for micro-batches of <paramref name="batch"/> sequences.</summary>
    /// <param name="hidden">Width of the residual stream.</param>
    /// <param name="precision">Formats of weights, activations and cache.</param>
    /// <param name="workload">Lengths and expert load.</param>
    /// <param name="phase">Prefill or decode.</param>
    /// <param name="strategy">The parallel strategy of the phase.</param>
    /// <param name="batch">Sequences of the micro-batch, over all instances and data-parallel ranks.</param>
    /// <param name="part">The positions of the prompt that pass; null: all that are not cached.</param>
    public PhaseContext(int hidden, Precision precision, WorkloadSpec workload, PhaseKind phase, PhaseStrategy strategy, int batch,
        (long Start, long Length)? part = null)
    {
        HiddenSize = hidden;
        Precision = precision;
        Phase = phase;
        Strategy = strategy;
        Batch = batch;
        ExpertLoad = workload.ExpertLoad;
        PromptLength = workload.PromptLength;
        (long start, long length) = part ?? (workload.CachedPositions, workload.PassingPositions);
        _workload = workload;
        SequenceLength = phase == PhaseKind.Prefill ? length : 1;
        Length = phase == PhaseKind.Prefill ? start + length : (long)workload.PromptLength + workload.OutputLength;
        Mesh = StrategyMesh.OfStage(strategy);
        CacheMesh = StrategyMesh.OfCache(strategy, Mesh);
        ExpertMesh = StrategyMesh.OfExperts(strategy);
        ExpertTensorAxis = strategy.ExpertParallel == ExpertParallelMode.Folded ? Axis.Etp : Axis.Tp;
    }

    /// <summary>The same for whole prompts, as they lie in the cache in the end.</summary>
    public PhaseContext OfPrompt() =>
        Phase == PhaseKind.Decode || SequenceLength == PromptLength ? this
            : new PhaseContext(HiddenSize, Precision, _workload, Phase, Strategy, Batch, (0, PromptLength));

    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; }

    /// <summary>Formats of weights, activations and cache.</summary>
    public Precision Precision { get; }

    /// <summary>Prefill or decode.</summary>
    public PhaseKind Phase { get; }

    /// <summary>The parallel strategy.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>Sequences of the micro-batch, over all instances and data-parallel ranks.</summary>
    public int Batch { get; }

    /// <summary>How tokens spread over routed experts.</summary>
    public ExpertLoad ExpertLoad { get; }

    /// <summary>Prompt tokens of a sequence.</summary>
    public long PromptLength { get; }

    /// <summary>Positions that pass through the layers: the prompt or a chunk of it, or 1.</summary>
    public long SequenceLength { get; }

    /// <summary>Positions that a sequence has at the end of the pass: the prompt so far, or prompt and output of the last decode
    /// step.</summary>
    public long Length { get; }

    /// <summary>The ranks of a stage by attention axes.</summary>
    public DeviceMesh Mesh { get; }

    /// <summary>The ranks of a stage by cache axes; the same mesh where the cache is not split by token.</summary>
    public DeviceMesh CacheMesh { get; }

    /// <summary>True where decode splits its cache by token.</summary>
    public bool SplitsCache => Strategy.KvParallel > 1;

    /// <summary>The ranks of a stage by expert axes; the same mesh when experts have an axis of their own.</summary>
    public DeviceMesh ExpertMesh { get; }

    /// <summary>The axis that splits an expert's FFN: tp, or etp when folded.</summary>
    public Axis ExpertTensorAxis { get; }

    /// <summary>The axes of the attention mesh that split dense FFNs, outer to inner: tp unless the plan says otherwise.</summary>
    public IReadOnlyList<Axis> DenseAxes => field ??= StrategyMesh.TensorAxes(Strategy, Strategy.DenseTp) ?? [Axis.Tp];

    /// <summary>The axes of the attention mesh that split the LM head, outer to inner: tp unless the plan says otherwise.</summary>
    public IReadOnlyList<Axis> HeadAxes => field ??= StrategyMesh.TensorAxes(Strategy, Strategy.HeadTp) ?? [Axis.Tp];

    /// <summary>True when norms, residuals and pipeline messages are split over tp.</summary>
    public bool SplitsNorms => Strategy.AttentionOutput == AttentionOutput.ReduceScatter && Mesh.Degree(Axis.Tp) > 1;

    /// <summary>The dimension that tp splits where norms are split: the sequence, or the batch where the sequence is one token.</summary>
    public string NormSplitDimension => Phase == PhaseKind.Prefill ? "seq_len" : "batch_size";

    /// <summary>The stream of hidden states between blocks: [batch_size, seq_len, hidden], split over tp in reduceScatter mode.</summary>
    public ShardedTensor Stream => field ??= SplitsNorms ? Hidden.With((Axis.Tp, Placement.Shard(NormSplitDimension))) : Hidden;

    /// <summary>What a rank sends to the next stage: the stream, of which tp ranks that hold the same may each send a part.</summary>
    public ShardedTensor Message => field ??=
        Strategy.PipelineMessage == PipelineMessage.Scattered && Mesh.Degree(Axis.Tp) > 1 && !SplitsNorms
        ? Stream.With((Axis.Tp, Placement.Shard("hidden"))) : Stream;

    /// <summary>The most bytes of a message that a rank sends to the next stage.</summary>
    internal long LargestMessage
    {
        get
        {
            long most = 0;
            ITensor message = Message;
            for (int rank = 0; rank < Mesh.Size; rank++)
                most = Math.Max(most, message.LocalBytes(rank));
            return most;
        }
    }

    /// <summary>Hidden states with every tp rank holding all of them.</summary>
    public ShardedTensor Hidden => field ??= Tokens(null, ("hidden", HiddenSize));

    /// <summary>A tensor of the phase's tokens with trailing dimensions, batch and sequence sharded, replicated over tp.</summary>
    public ShardedTensor Tokens(string? name, params ReadOnlySpan<(string Name, long Size)> trailing) =>
        Tokens(name, Precision.Activations, trailing);

    /// <summary>The same in another format.</summary>
    public ShardedTensor Tokens(string? name, NumberFormat format, params ReadOnlySpan<(string Name, long Size)> trailing) =>
        new(name, Mesh, format, [("batch_size", Batch), ("seq_len", SequenceLength), .. trailing], TokenPlacements);

    /// <summary>A tensor of the phase's sequences with trailing dimensions, batch sharded, replicated over sp and tp.</summary>
    public ShardedTensor Sequences(string? name, NumberFormat format, params ReadOnlySpan<(string Name, long Size)> trailing) =>
        new(name, Mesh, format, [("batch_size", Batch), .. trailing], TokenPlacements.AsSpan(0, 3).ToArray());

    /// <summary>A tensor of tokens with heads sharded over tp.</summary>
    public ShardedTensor Heads(string? name, string dimension, long heads, long headDim) =>
        Tokens(name, (dimension, heads), ("d_k", headDim)).With((Axis.Tp, Placement.Shard(dimension)));

    /// <summary>How many of a sequence's cached positions a rank holds.</summary>
    public long CachedPart(long positions, int rank) =>
        Partition.Size(positions, CacheMesh.Degree(Axis.Dcp), CacheMesh.Coordinate(rank, Axis.Dcp));

    /// <summary>A tensor as the cache axes have it: what tp splits is split over htp and, within it, dcp.</summary>
    public ShardedTensor ByCacheAxes(ShardedTensor tensor) => new(tensor.Name, CacheMesh, tensor.Format, tensor.Dimensions,
        [.. tensor.Placements.SelectMany(item => item.Axis == Axis.Tp
            ? new[] { (Axis.Htp, item.Placement), (Axis.Dcp, item.Placement) } : [item])]);

    /// <summary>The tokens that a rank holds in the layout of <paramref name="tensor"/>, whose first dimensions are batch and
    /// sequence.</summary>
    public static long LocalTokens(ShardedTensor tensor, int rank) => tensor.LocalSize(rank, 0) * tensor.LocalSize(rank, 1);

    /// <summary>The same as a formula.</summary>
    internal static T LocalTokens<T>(ShardedTensor tensor, int rank)
        where T : IExact<T> => T.Of(tensor.LocalSize(rank, 0), "sequences") * T.Of(tensor.LocalSize(rank, 1), "positions");

    /// <summary>A weight of the phase's ranks, split over <paramref name="axis"/> of the attention mesh (null: whole on every
    /// rank).</summary>
    public PlacedWeight Place(WeightSpec weight, NumberFormat format, Axis? axis = Axis.Tp) => new(weight, format, Mesh, axis);

    /// <summary>A weight of the phase's ranks, split over several axes of the attention mesh, outer to inner.</summary>
    public PlacedWeight Place(WeightSpec weight, NumberFormat format, IReadOnlyList<Axis> axes) => new(weight, format, Mesh, axes);
}
