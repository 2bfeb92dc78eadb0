using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// What all attention kinds share around their own projections: K and V made whole for sequence parallelism, the core, the output
/// projection.
/// The placements of Q, K, V and of the output decide every collective: sequence-sharded K and V must be whole (allGather, ring) or
/// head-sharded over sp (ulysses)
/// for attention; the output is Partial(tp) after a row-parallel projection and must meet the stream's placement.
/// </summary>
internal static class AttentionCore
{
    /// <summary>
    /// Brings queries and cached tensors to where attention reads them; all of them move in one message.
    /// </summary>
    /// <param name="program">The layer's program.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="query">The queries.</param>
    /// <param name="keyValue">What the projection yields for the cache.</param>
    /// <param name="subject">What moves, for titles.</param>
    /// <returns>The queries, the tensors that attention reads, and where they come from.</returns>
    public static (StepValue Query, IReadOnlyList<ShardedTensor> KeyValue, IReadOnlyList<StepSource> Sources) Exchange(
        ProgramBuilder program, LayerContext layer, StepValue query, IReadOnlyList<StepValue> keyValue, string subject)
    {
        PhaseContext context = layer.Phase;
        bool splits = context.Mesh.Degree(Axis.Sp) > 1;
        if (splits && context.Strategy.SpMethod == SequenceMethod.Ulysses)
        {
            (query, keyValue) = ExchangeHeads(program, context, query, keyValue);
        }
        else if (splits && context.Strategy.SpMethod == SequenceMethod.Ring)
        {
            IEnumerable<StepSource> received = PassAroundRing(program, context, keyValue);
            return (query, [.. keyValue.Select(value => WholeSequence(value.Sharded))], [.. keyValue.Select(StepSource.Data), .. received]);
        }
        else
        {
            keyValue = program.Redistribute(
                keyValue, [.. keyValue.Select(value => WholeSequence(value.Sharded))], new CollectiveSite("kv", subject, [Axis.Tp]));
        }

        return (query, [.. keyValue.Select(value => value.Sharded)], [.. keyValue.Select(StepSource.Data)]);
    }

    /// <summary>A tensor of past positions as decode, or a chunk of prefill, finds it in the cache; of a whole prompt the tensor
    /// itself.</summary>
    public static ShardedTensor Cached(PhaseContext context, Mixer mixer, ShardedTensor tensor)
    {
        if (context.Phase == PhaseKind.Prefill && context.Length == context.SequenceLength)
            return tensor;
        long positions = mixer.ReadPositions(context.Length, context.SequenceLength);
        return new ShardedTensor(
            tensor.Name,
            tensor.Mesh,
            tensor.Format,
            [.. tensor.Dimensions.Select(dimension => dimension.Name == "seq_len" ? ("seq_len", positions) : dimension)],
            tensor.Placements);
    }

    /// <summary>What attention is called, by phase.</summary>
    public static string Title(PhaseContext context) => context.Phase == PhaseKind.Prefill ? "Attention (causal)" : "Attention (KV cache)";

    /// <summary>The class of attention's kernel: a prompt with itself, or new tokens with what is cached.</summary>
    public static KernelClass Kernel(PhaseContext context, bool latent) => context.Phase == PhaseKind.Prefill ? KernelClass.AttentionPrefill
        : latent ? KernelClass.LatentDecode : KernelClass.AttentionDecode;

    /// <summary>The output of ulysses attention back from head-sharded to sequence-sharded over sp; any other as it is.</summary>
    public static StepValue ReturnHeads(ProgramBuilder program, PhaseContext context, StepValue attended, ShardedTensor target) =>
        context.Strategy.SpMethod == SequenceMethod.Ulysses && context.Mesh.Degree(Axis.Sp) > 1
            ? program.Redistribute(attended, target,
                new CollectiveSite("ulysses_all_to_all_out", "sequence for heads", [Axis.Tp], Ops.UlyssesAllToAll))
            : attended;

    private static ShardedTensor WholeSequence(ShardedTensor tensor) => tensor.With((Axis.Sp, Placement.Replicate));

    /// <summary>
    /// sp-1 steps in which every rank passes the K and V that it received last to its neighbour. Returns what attention reads of them.
    /// </summary>
    private static List<StepSource> PassAroundRing(ProgramBuilder program, PhaseContext context, IReadOnlyList<StepValue> keyValue)
    {
        IReadOnlyList<ITensor> pieces = [.. keyValue.Select(value => value.Tensor)];
        IReadOnlyList<StepValue> passed = keyValue;
        var received = new List<StepSource>();
        for (int step = 1; step < context.Mesh.Degree(Axis.Sp); step++)
        {
            OperatorStep send = RingAttention.AddStep(program, context.Mesh, step, passed, pieces);
            passed = [.. pieces.Select(piece => new StepValue(send, piece))];
            received.AddRange(passed.Select(StepSource.Data));
        }

        return received;
    }

    /// <summary>
    /// Ulysses: sequence-sharded Q, K, V become head-sharded over sp in one All-to-All. KV heads are replicated first where a rank has
    /// fewer than sp of them.
    /// </summary>
    private static (StepValue Query, IReadOnlyList<StepValue> KeyValue) ExchangeHeads(
        ProgramBuilder program, PhaseContext context, StepValue query, IReadOnlyList<StepValue> keyValue)
    {
        long Slots(ShardedTensor tensor) => Math.Max(tensor.Dimensions[2].Size, context.Mesh.Degree([Axis.Tp, Axis.Sp]));
        IReadOnlyList<StepValue> entering =
        [
            query,
            .. keyValue.Select(value => value with
            {
                Tensor = context.Heads(value.Tensor.Name, "kv_heads", Slots(value.Sharded), value.Sharded.Dimensions[3].Size)
                    .In(value.Tensor.Format),
            }),
        ];
        IReadOnlyList<StepValue> exchanged = program.Redistribute(
            entering,
            [.. entering.Select(value => value.Sharded.With((Axis.Sp, Placement.Shard(value.Sharded.Dimensions[2].Name))))],
            new CollectiveSite("ulysses_all_to_all_in", "heads for sequence", [Axis.Tp], Ops.UlyssesAllToAll));
        return (exchanged[0], [.. exchanged.Skip(1)]);
    }
}
