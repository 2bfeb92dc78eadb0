using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>Which part of queries and keys a norm runs over.</summary>
public enum QkNormKind
{
    /// <summary>No norm.</summary>
    None,

    /// <summary>Each head for itself, one set of weights for all heads: 2d parameters (Qwen3).</summary>
    PerHead,

    /// <summary>The whole width: (a+k)*d parameters (OLMo, MiniMax-M2).</summary>
    Whole,
}

/// <summary>
/// Softmax attention with query heads in groups that share a KV head (MHA, GQA, MQA), over all earlier positions, a sliding window or a
/// chunk.
/// <code>
/// parameters   h*a*d + h*k*d + h*k*v + a*v*h   (d query and key width, v value width; + biases, QK norm, sinks; an output gate doubles q;
///                                               no V projection where K and V are one)
/// cache        k*(d+v) a token (k*d where K and V are one), of at most w (c) tokens under a window (in a chunk)
/// core FLOPs   2*a*(d+v) a (query, key) pair
/// pairs        S(S+1)/2 of a causal prompt; under a window of w  w(w+1)/2 + (S-w)*w; in chunks of c  c(c+1)/2 each and r(r+1)/2 of the
/// rest
/// </code>
/// </summary>
public sealed record GroupedAttention : Mixer
{
    /// <summary>Query heads, a.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads, k: equal to <see cref="Heads"/> for MHA, 1 for MQA, between for GQA.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Elements of a query or key head, d.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Elements of a value head; 0: <see cref="HeadDim"/>.</summary>
    public int ValueDim { get => field == 0 ? HeadDim : field; init; }

    /// <summary>Biases on the Q, K and V projections.</summary>
    public bool QkvBias { get; init; }

    /// <summary>A bias on the output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Norms of queries and keys.</summary>
    public QkNormKind QkNorm { get; init; }

    /// <summary>One learned sink logit per query head (gpt-oss).</summary>
    public bool Sinks { get; init; }

    /// <summary>An elementwise gate on the output, projected with the queries, whose projection is twice as wide (Qwen3-Next).</summary>
    public bool OutputGate { get; init; }

    /// <summary>Keys serve as values too: no V projection, one cached tensor (Gemma 4's global layers).</summary>
    public bool SharedKeyValue { get; init; }

    /// <summary>Positions that a query sees, itself included; 0: all.</summary>
    public int Window { get; init; }

    /// <summary>Attention stays within chunks of so many positions (Llama 4); 0: none.</summary>
    public int Chunk { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache => SharedKeyValue
        ? [new CachedTensor("K", "kv_heads", KvHeads, HeadDim)]
        : [new CachedTensor("K", "kv_heads", KvHeads, HeadDim), new CachedTensor("V", "kv_heads", KvHeads, ValueDim)];

    /// <inheritdoc/>
    public override long CachedPositions(long length) => Window > 0 ? Math.Min(length, Window) : Chunk > 0 ? Math.Min(length, Chunk)
        : length;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Count("heads", Heads), .. SizeRule.Count("kvHeads", KvHeads), .. SizeRule.Width("headDim", HeadDim),
            .. SizeRule.Width("valueDim", ValueDim),
        .. SizeRule.Between("window", Window, 0, int.MaxValue), .. SizeRule.Between("chunk", Chunk, 0, int.MaxValue),
        .. KvHeads > 0 && Heads % KvHeads != 0
            ? new[] { ("kvHeads",
                Words.Invariant(
                $"{Heads} heads do not divide evenly over {KvHeads} kvHeads; give a kvHeads that divides heads")) } : [],
    ];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Projections(hidden), .. Core(), .. Output(hidden)];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        if (Heads % strategy.Tp != 0)
            yield return ("tp", $"{Heads} heads do not divide evenly over tp {strategy.Tp}; choose a tp that divides heads");
        if (KvHeads % strategy.Tp != 0 && strategy.Tp % KvHeads != 0)
            yield return ("tp", $"{KvHeads} kvHeads neither divide over tp {strategy.Tp} nor replicate over it; "
                + "choose a tp that divides kvHeads or is a multiple of it");
        if (strategy.KvParallel > 1 && phase == PhaseKind.Decode && strategy.Tp % KvHeads == 0
            && strategy.Tp / KvHeads % strategy.KvParallel != 0 || strategy.KvParallel > 1 && KvHeads % strategy.Tp == 0 && KvHeads > 1)
        {
            yield return ("kvParallel",
                $"kvParallel {strategy.KvParallel} needs as many tp ranks with the same KV head, and tp {strategy.Tp} over {KvHeads} "
                    + $"kvHeads has {Math.Max(1, strategy.Tp / KvHeads)}; raise tp, or choose a kvParallel that divides that");
        }

        if (phase == PhaseKind.Decode || strategy.SpMethod != SequenceMethod.Ulysses || strategy.Sp == 1)
            yield break;
        long ranks = (long)strategy.Sp * strategy.Tp, slots = Math.Max(KvHeads, strategy.Tp);
        if (Heads % ranks != 0)
            yield return ("spMethod",
                $"ulysses spreads {Heads} heads over sp*tp = {ranks}, which does not divide them; "
                + "choose sp and tp whose product divides heads, or another spMethod");
        if (slots % ranks != 0 && ranks % slots != 0)
            yield return ("spMethod",
                $"ulysses spreads {slots} KV heads over sp*tp = {ranks}, which neither divides nor replicates them; "
                + "choose sp and tp that do, or another spMethod");
    }

    /// <summary>
    /// Pairs of a query and a key that it sees, of one sequence whose last <paramref name="queries"/> positions are queries.
    /// </summary>
    /// <param name="length">Positions, the queries among them.</param>
    /// <param name="queries">All of them (prefill), the last ones (a chunk of it), or 1 (decode).</param>
    public Int128 Pairs(long length, long queries)
    {
        if (queries < length)
            return Pairs(length, length) - Pairs(length - queries, length - queries);
        if (Chunk > 0)
            return (length / Chunk * Triangle(Chunk)) + Triangle(length % Chunk);
        long seen = CachedPositions(length);
        return Triangle(seen) + ((Int128)(length - seen) * seen);
    }

    /// <summary><c>GQA 32/8</c>, <c>GQA 32/8 window 4096</c>.</summary>
    public override string ToString()
    {
        string kind = KvHeads == Heads ? "MHA" : KvHeads == 1 ? "MQA" : "GQA";
        string reach = Window > 0 ? $" window {Window}" : Chunk > 0 ? $" chunk {Chunk}" : "";
        return Words.Invariant($"{kind} {Heads}/{KvHeads}{reach}");
    }

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor query = context.Heads("Q", "heads", Heads, HeadDim);
        ShardedTensor? gate = OutputGate ? context.Heads("gate", "heads", Heads, ValueDim) : null;
        IReadOnlyList<ShardedTensor> keyValue = [.. Cache.Select(tensor => tensor.Of(context))];
        IReadOnlyList<PlacedWeight> weights = layer.Place(Projections(context.HiddenSize));
        var work = new List<Work> { new LinearWork(query, weights) };
        if (QkNorm != QkNormKind.None)
            work.AddRange([new ElementWork(query, ElementWork.Norm), new ElementWork(keyValue[0], ElementWork.Norm)]);
        OperatorStep projection = program.Add(new OperatorStep
        {
            Op = Ops.QkvProjection,
            Name = context.Mesh.Degree(Axis.Tp) > 1 ? "QKV Projection (column-parallel)" : "QKV Projection",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(input)],
            Outputs = gate is null ? [query, .. keyValue] : [query, .. keyValue, gate],
            Weights = weights,
            Work = work,
        });

        if (context.SplitsCache)
        {
            StepSource[] made = [.. keyValue.Select(tensor => StepSource.Data(new StepValue(projection, tensor)))];
            (OperatorStep core, StepValue merged) = SplitCacheAttention.Add(
                program,
                layer,
                new StepValue(projection, query),
                gate is null ? made : [.. made, StepSource.Data(new StepValue(projection, gate))],
                gate is null ? [] : [gate],
                layer.Place(Core()),
                context.Heads(null, "heads", Heads, ValueDim),
                (long)Pairs(context.Length, context.SequenceLength),
                2L * (HeadDim + ValueDim));
            program.AddCache(projection, core, [.. Cache.Select(tensor => tensor.Name)]);
            return OutputProjection.Add(program, layer, merged, Output(context.HiddenSize));
        }

        if (RingAttention.Runs(context))
        {
            (OperatorStep core, StepValue merged) = RingAttention.Add(
                program,
                layer,
                new StepValue(projection, query),
                [.. keyValue.Select(tensor => new StepValue(projection, tensor))],
                (_, pieces) => pieces,
                gate is null ? null : new StepValue(projection, gate),
                layer.Place(Core()),
                context.Heads(null, "heads", Heads, ValueDim),
                Pairs(context.Length, context.SequenceLength),
                2L * (HeadDim + ValueDim));
            program.AddCache(projection, core, [.. Cache.Select(tensor => tensor.Name)]);
            return OutputProjection.Add(program, layer, merged, Output(context.HiddenSize));
        }

        (StepValue asked, IReadOnlyList<ShardedTensor> read, IReadOnlyList<StepSource> sources) = AttentionCore.Exchange(
            program, layer, new StepValue(projection, query), [.. keyValue.Select(tensor => new StepValue(projection, tensor))],
                SharedKeyValue ? "K" : "K and V");
        ShardedTensor queries = asked.Sharded;
        var attended = new ShardedTensor(
            null, context.Mesh, context.Precision.Activations, [.. queries.Dimensions.SkipLast(1), ("d_k", ValueDim)], queries.Placements);
        OperatorStep attention = program.Add(new OperatorStep
        {
            Op = Ops.Attention,
            Name = AttentionCore.Title(context),
            Kernel = AttentionCore.Kernel(context, latent: false),
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = gate is null ? [StepSource.Data(asked), .. sources]
                : [StepSource.Data(asked), .. sources, StepSource.Data(new StepValue(projection, gate))],
            Inputs = [queries, .. read.Select(tensor => AttentionCore.Cached(context, this, tensor)), .. gate is null ? []
                : new[] { gate }],
            Outputs = [attended],
            Weights = layer.Place(Core()),
            Work = [new PairWork(queries, Pairs(context.Length, context.SequenceLength), 2L * (HeadDim + ValueDim))],
        });
        program.AddCache(projection, attention, [.. Cache.Select(tensor => tensor.Name)]);
        StepValue output = AttentionCore.ReturnHeads(
            program, context, new StepValue(attention, attended), context.Heads(null, "heads", Heads, ValueDim));
        return OutputProjection.Add(program, layer, output, Output(context.HiddenSize));
    }

    private static Int128 Triangle(long side) => (Int128)side * (side + 1) / 2;

    private List<WeightSpec> Projections(int hidden)
    {
        long queries = (long)Heads * HeadDim * (OutputGate ? 2 : 1), keys = (long)KvHeads * HeadDim, values = (long)KvHeads * ValueDim;
        var weights = new List<WeightSpec>
        {
            new("self_attn.q_proj", WeightClass.Attention, queries, hidden) { Split = WeightSplit.Rows, Units = Heads },
            new("self_attn.k_proj", WeightClass.Attention, keys, hidden) { Split = WeightSplit.Rows, Units = KvHeads },
        };
        if (!SharedKeyValue)
            weights.Add(new("self_attn.v_proj", WeightClass.Attention, values, hidden) { Split = WeightSplit.Rows, Units = KvHeads });
        if (QkvBias)
            weights.AddRange([.. weights.Select(weight =>
                weight with { Module = weight.Module + ".bias", Class = WeightClass.Small, Columns = 1 })]);
        if (QkNorm == QkNormKind.PerHead)
        {
            weights.AddRange([WeightSpec.Vector("self_attn.q_norm", WeightClass.Norm, HeadDim),
                WeightSpec.Vector("self_attn.k_norm", WeightClass.Norm, HeadDim)]);
        }
        else if (QkNorm == QkNormKind.Whole)
        {
            weights.Add(WeightSpec.Vector("self_attn.q_norm", WeightClass.Norm, (long)Heads * HeadDim) with { Split = WeightSplit.Rows,
                Units = Heads });
            weights.Add(WeightSpec.Vector("self_attn.k_norm", WeightClass.Norm, keys) with { Split = WeightSplit.Rows, Units = KvHeads });
        }

        return weights;
    }

    private IEnumerable<WeightSpec> Core() =>
        Sinks ? [WeightSpec.Vector("self_attn.sinks", WeightClass.Small, Heads) with { Split = WeightSplit.Rows }] : [];

    private List<WeightSpec> Output(int hidden)
    {
        var weights = new List<WeightSpec> { new("self_attn.o_proj", WeightClass.Attention, hidden,
            (long)Heads * ValueDim) { Split = WeightSplit.Columns, Units = Heads } };
        if (OutputBias)
            weights.Add(WeightSpec.Vector("self_attn.o_proj.bias", WeightClass.Small, hidden));
        return weights;
    }
}
