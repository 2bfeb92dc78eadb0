using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): queries and KV pass through low-rank latents; the cache holds the latent
/// and one rotary key.
/// <code>
/// parameters  h*q_r + q_r + q_r*a*(nope+rope) + h*(kv_r+rope) + kv_r + kv_r*a*(nope+v) + a*v*h   (without q_lora: h*a*(nope+rope) for the
/// first three)
/// cache       kv_r + rope a token (+ the indexer's keys)
/// core FLOPs  prefill 2*a*(nope+rope+v) a pair; decode is absorbed (FlashMLA, vLLM, SGLang): 2*a*(2*kv_r + rope), since the cache holds
/// latents:
///             the up-projection of keys is applied to the query, that of values to the output
/// </code>
/// In prefill under sp the latent is gathered and the up-projection runs for every gathered position.
/// </summary>
public sealed record LatentAttention : Mixer
{
    /// <summary>Heads, a.</summary>
    public required int Heads { get; init; }

    /// <summary>Rank of the query latent; null when queries are projected directly.</summary>
    public int? QLoraRank { get; init; }

    /// <summary>Rank of the KV latent.</summary>
    public required int KvLoraRank { get; init; }

    /// <summary>Per head: key/query elements without position.</summary>
    public required int QkNopeHeadDim { get; init; }

    /// <summary>Key/query elements with rotary position; the key's are shared by all heads.</summary>
    public required int QkRopeHeadDim { get; init; }

    /// <summary>Per head: value elements.</summary>
    public required int VHeadDim { get; init; }

    /// <summary>A bias on the output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>What chooses the positions that a query attends to (DeepSeek sparse attention), or null for all.</summary>
    public SparseIndexer? Indexer { get; init; }

    /// <summary>The most positions that a query attends to, chosen by an indexer of this or an earlier layer; 0: all.</summary>
    public int IndexTopK { get; init; }

    /// <summary>Query/key elements of one head.</summary>
    public int QkHeadDim => QkNopeHeadDim + QkRopeHeadDim;

    /// <summary>Cached elements of one token: the latent and the shared rotary key.</summary>
    public int LatentDim => KvLoraRank + QkRopeHeadDim;

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache => Indexer is null ? [Latent] : [Latent, Indexer.Key];

    private CachedTensor Latent => new("KV", null, 1, LatentDim) { WidthName = "latent_dim" };

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Count("heads", Heads), .. SizeRule.Width("mla.qLoraRank", QLoraRank ?? 1),
            .. SizeRule.Width("mla.kvLoraRank", KvLoraRank),
        .. SizeRule.Width("mla.qkNopeHeadDim", QkNopeHeadDim), .. SizeRule.Width("mla.qkRopeHeadDim", QkRopeHeadDim),
            .. SizeRule.Width("mla.vHeadDim", VHeadDim),
        .. SizeRule.Count("mla.indexer.heads", Indexer?.Heads ?? 1), .. SizeRule.Width("mla.indexer.headDim", Indexer?.HeadDim ?? 1),
        .. SizeRule.Between("mla.indexer.topK", IndexTopK, Indexer is null ? 0 : 1, int.MaxValue),
    ];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) =>
        [.. QueryWeights(hidden), .. LatentWeights(hidden), KvUp(QkNopeHeadDim + VHeadDim),
            .. Indexer?.Weights(hidden, QLoraRank ?? hidden) ?? [], .. Output(hidden)];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        if (Heads % strategy.Tp != 0)
            yield return ("tp", $"{Heads} heads do not divide evenly over tp {strategy.Tp}; choose a tp that divides heads");
        if (phase == PhaseKind.Decode && strategy.KvParallel > 1 && IndexTopK > 0)
            yield return ("kvParallel",
                $"kvParallel {strategy.KvParallel} splits the positions among which an indexer chooses; set kvParallel to 1");
        if (phase == PhaseKind.Prefill && strategy.SpMethod == SequenceMethod.Ulysses && strategy.Sp > 1)
            yield return ("spMethod", "ulysses exchanges heads, and the KV latent of mla has none; use allGather or ring");
    }

    /// <summary>Pairs of one sequence; with a sparse choice a query sees at most so many positions.</summary>
    /// <param name="length">Positions, the queries among them.</param>
    /// <param name="queries">All of them (prefill), the last ones (a chunk of it), or 1 (decode).</param>
    public Int128 Pairs(long length, long queries)
    {
        if (queries < length)
            return Pairs(length, length) - Pairs(length - queries, length - queries);
        long seen = IndexTopK > 0 ? Math.Min(length, IndexTopK) : length;
        return ((Int128)seen * (seen + 1) / 2) + ((Int128)(length - seen) * seen);
    }

    /// <summary><c>MLA 128/512+64</c>, with <c>sparse 2048</c> where positions are chosen.</summary>
    public override string ToString()
    {
        string sparse = IndexTopK == 0 ? ""
            : Words.Invariant($" sparse {IndexTopK}{(Indexer is null ? "" : " indexed")}");
        return Words.Invariant($"MLA {Heads}/{KvLoraRank}+{QkRopeHeadDim}{sparse}");
    }

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        bool absorbed = context.Phase == PhaseKind.Decode;
        ShardedTensor query = context.Heads("Q", "heads", Heads, absorbed ? LatentDim : QkHeadDim);
        IReadOnlyList<ShardedTensor> cache = [.. Cache.Select(tensor => tensor.Of(context))];
        OperatorStep projection = AddProjection(program, layer, input, query, cache, absorbed);
        if (context.SplitsCache)
        {
            (OperatorStep core, StepValue merged) = SplitCacheAttention.Add(
                program,
                layer,
                new StepValue(projection, query),
                [StepSource.Data(new StepValue(projection, cache[0]))],
                [],
                [],
                context.Heads(null, "heads", Heads, KvLoraRank),
                (long)Pairs(context.Length, context.SequenceLength),
                CorePerPair(absorbed));
            program.AddCache(projection, core, Latent.Name);
            return OutputProjection.Add(program, layer, AddValueProjection(program, layer, merged), Output(context.HiddenSize));
        }

        // A sparse choice needs all positions before it can attend any.
        if (RingAttention.Runs(context) && IndexTopK == 0)
        {
            (OperatorStep core, StepValue merged) = RingAttention.Add(
                program,
                layer,
                new StepValue(projection, query),
                [.. cache.Select(tensor => new StepValue(projection, tensor))],
                (block, pieces) => [.. AddUpProjection(program, layer, [StepSource.Data(pieces[0])], pieces[0].Sharded, block)
                    .Select(source => new StepValue(source.Producer, source.Tensor))],
                gate: null,
                [],
                context.Heads(null, "heads", Heads, VHeadDim),
                Pairs(context.Length, context.SequenceLength),
                CorePerPair(absorbed));
            program.AddCache(projection, core, Latent.Name);
            return OutputProjection.Add(program, layer, merged, Output(context.HiddenSize));
        }

        (StepValue asked, IReadOnlyList<ShardedTensor> read, IReadOnlyList<StepSource> sources) = AttentionCore.Exchange(
            program, layer, new StepValue(projection, query), [.. cache.Select(tensor => new StepValue(projection, tensor))], "KV latent");
        ShardedTensor latent = AttentionCore.Cached(context, this, read[0]);
        StepSource? chosen = Indexer?.Add(program, layer, input, sources, AttentionCore.Cached(context, this, read[1]));
        IReadOnlyList<StepSource> keys = absorbed ? [.. sources.Where(source => source.Tensor.Name == latent.Name)]
            : AddUpProjection(program, layer, sources, latent);
        IReadOnlyList<ITensor> keyTensors = absorbed ? [latent] : [.. keys.Select(source => source.Tensor)];

        ShardedTensor attended = context.Heads(null, "heads", Heads, absorbed ? KvLoraRank : VHeadDim);
        OperatorStep attention = program.Add(new OperatorStep
        {
            Op = Ops.Attention,
            Name = AttentionCore.Title(context),
            Kernel = AttentionCore.Kernel(context, latent: true),
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = chosen is null ? [StepSource.Data(asked), .. keys] : [StepSource.Data(asked), .. keys, chosen],
            Inputs = [query, .. keyTensors],
            Outputs = [attended],
            Work = [new PairWork(query, Pairs(context.Length, context.SequenceLength), CorePerPair(absorbed))],
        });
        program.AddCache(projection, attention, Latent.Name);
        if (Indexer is not null)
            program.AddCache(projection, chosen!.Producer!, Indexer.Key.Name);
        StepValue output = new(attention, attended);
        if (absorbed)
            output = AddValueProjection(program, layer, output);
        return OutputProjection.Add(program, layer, output, Output(context.HiddenSize));
    }

    /// <summary>Operations of a pair and head.</summary>
    private long CorePerPair(bool absorbed) => absorbed ? 2L * ((2L * KvLoraRank) + QkRopeHeadDim) : 2L * (QkHeadDim + VHeadDim);

    /// <summary>
    /// Latents of queries and KV and the queries themselves; in decode the keys' up-projection is applied to the queries.
    /// </summary>
    private OperatorStep AddProjection(
        ProgramBuilder program, LayerContext layer, StepValue input, ShardedTensor query, IReadOnlyList<ShardedTensor> cache, bool absorbed)
    {
        PhaseContext context = layer.Phase;
        int hidden = context.HiddenSize;
        List<PlacedWeight> weights =
            [.. layer.Place([.. QueryWeights(hidden), .. LatentWeights(hidden), .. Indexer?.KeyWeights(hidden) ?? []])];
        ShardedTensor latent = context.Tokens(null, ("latent_dim", KvLoraRank));
        var work = new List<Work> { new LinearWork(query, [.. weights]), new ElementWork(latent, ElementWork.Norm) };
        if (QLoraRank is int rank)
            work.Add(new ElementWork(context.Tokens(null, ("latent_dim", rank)), ElementWork.Norm));
        if (Indexer is not null)
            work.Add(new ElementWork(cache[1], ElementWork.Norm));
        if (absorbed)
        {
            WeightSpec keys = KvUp(QkNopeHeadDim);
            var borrowed = new BorrowedWeight(keys, layer.Spec.FormatOf(keys, context.Precision), context.Mesh, [Axis.Tp]);
            weights.Add(borrowed);
            work.Add(new LinearWork(query, [borrowed]));
        }

        return program.Add(new OperatorStep
        {
            Op = Ops.QkvProjection,
            Name = context.Mesh.Degree(Axis.Tp) > 1 ? "QKV Projection (column-parallel)" : "QKV Projection",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(input)],
            Outputs = [query, .. cache],
            Weights = weights,
            Work = work,
        });
    }

    /// <summary>Prefill: keys and values of this rank's heads from the latents of all positions.</summary>
    private IReadOnlyList<StepSource> AddUpProjection(ProgramBuilder program, LayerContext layer, IReadOnlyList<StepSource> sources,
        ShardedTensor latent, int block = 0)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor Of(string name, string width, int size) => new ShardedTensor(
            name, context.Mesh, context.Precision.Activations, [.. latent.Dimensions.Take(2), ("heads", Heads), (width, size)],
                latent.Placements)
            .With((Axis.Tp, Placement.Shard("heads")));
        ShardedTensor keys = Of("K", "d_k", QkHeadDim), values = Of("V", "d_k", VHeadDim);
        WeightSpec matrix = KvUp(QkNopeHeadDim + VHeadDim);

        // Later blocks of a ring read the matrix that the first one holds.
        IReadOnlyList<PlacedWeight> weights = block == 0 ? layer.Place([matrix])
            : [new BorrowedWeight(matrix, layer.Spec.FormatOf(matrix, context.Precision), context.Mesh, [Axis.Tp])];
        string part = block == 0 ? "" : Words.Invariant($" (block {block + 1})");
        OperatorStep up = program.Add(new OperatorStep
        {
            Op = Ops.KvUpProjection,
            IdStem = block == 0 ? Ops.KvUpProjection : Words.Invariant($"{Ops.KvUpProjection}_block_{block}"),
            Name = (context.Mesh.Degree(Axis.Tp) > 1 ? "KV Up-Projection (column-parallel)" : "KV Up-Projection") + part,
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [.. sources.Where(source => source.Tensor.Name == latent.Name)],
            Inputs = [latent],
            Outputs = [keys, values],
            Weights = weights,
            Work = [new LinearWork(keys, weights)],
        });
        return [new StepSource(up, EdgeKind.Data, keys), new StepSource(up, EdgeKind.Data, values)];
    }

    /// <summary>Decode: values of this rank's heads from attended latents.</summary>
    private StepValue AddValueProjection(ProgramBuilder program, LayerContext layer, StepValue attended)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor values = context.Heads(null, "heads", Heads, VHeadDim);
        WeightSpec whole = KvUp(QkNopeHeadDim + VHeadDim);
        var weight = new PartlyReadWeight(whole, KvUp(VHeadDim), layer.Spec.FormatOf(whole, context.Precision), context.Mesh, Axis.Tp);
        OperatorStep up = program.Add(new OperatorStep
        {
            Op = Ops.ValueUpProjection,
            Name = context.Mesh.Degree(Axis.Tp) > 1 ? "Value Up-Projection (column-parallel)" : "Value Up-Projection",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(attended)],
            Outputs = [values],
            Weights = [weight],
            Work = [new LinearWork(values, [weight.Part])],
        });
        return new StepValue(up, values);
    }

    private IEnumerable<WeightSpec> QueryWeights(int hidden)
    {
        long width = (long)Heads * QkHeadDim;
        if (QLoraRank is not int rank)
            return [new("self_attn.q_proj", WeightClass.Attention, width, hidden) { Split = WeightSplit.Rows, Units = Heads }];
        return
        [
            new("self_attn.q_a_proj", WeightClass.Attention, rank, hidden),
            WeightSpec.Vector("self_attn.q_a_layernorm", WeightClass.Norm, rank),
            new("self_attn.q_b_proj", WeightClass.Attention, width, rank) { Split = WeightSplit.Rows, Units = Heads },
        ];
    }

    private IEnumerable<WeightSpec> LatentWeights(int hidden) =>
    [
        new("self_attn.kv_a_proj_with_mqa", WeightClass.Attention, LatentDim, hidden),
        WeightSpec.Vector("self_attn.kv_a_layernorm", WeightClass.Norm, KvLoraRank),
    ];

    private WeightSpec KvUp(int widthOfHead) =>
        new("self_attn.kv_b_proj", WeightClass.Attention, (long)Heads * widthOfHead, KvLoraRank) { Split = WeightSplit.Rows,
            Units = Heads };

    private IReadOnlyList<WeightSpec> Output(int hidden)
    {
        var projection = new WeightSpec("self_attn.o_proj", WeightClass.Attention, hidden,
            (long)Heads * VHeadDim) { Split = WeightSplit.Columns, Units = Heads };
        return OutputBias ? [projection, WeightSpec.Vector("self_attn.o_proj.bias", WeightClass.Small, hidden)] : [projection];
    }
}
