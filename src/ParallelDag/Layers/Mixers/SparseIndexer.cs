using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// DeepSeek's lightning indexer (DeepSeek-V3.2-Exp report): small heads score every earlier position, and attention sees the best ones
/// only.
/// It is replicated over tp, as engines run it.
/// <code>
/// parameters  q_r*nI*dI + h*dI + 2*dI + h*nI      (nI heads of width dI; a LayerNorm with bias on the keys; a weight a head)
/// cache       dI a token
/// core FLOPs  2*nI*dI a (query, key) pair of the whole causal triangle
/// </code>
/// </summary>
public sealed record SparseIndexer
{
    /// <summary>Heads, nI.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head, dI.</summary>
    public required int HeadDim { get; init; }

    /// <summary>The cached keys.</summary>
    internal CachedTensor Key => new("index K", null, 1, HeadDim) { WidthName = "index_dim" };

    /// <summary>Every weight.</summary>
    internal IEnumerable<WeightSpec> Weights(int hidden, int queryRank) => [.. KeyWeights(hidden), .. ScoreWeights(hidden, queryRank)];

    /// <summary>What makes the keys.</summary>
    internal IEnumerable<WeightSpec> KeyWeights(int hidden) =>
    [
        new("self_attn.indexer.wk", WeightClass.Attention, HeadDim, hidden),
        WeightSpec.Vector("self_attn.indexer.k_norm", WeightClass.Norm, 2L * HeadDim),
    ];

    /// <summary>Adds the scoring; returns the chosen positions.</summary>
    internal StepSource Add(ProgramBuilder program, LayerContext layer, StepValue input, IReadOnlyList<StepSource> sources,
        ShardedTensor keys)
    {
        PhaseContext context = layer.Phase;
        var mixer = (LatentAttention)layer.Spec.Mixer!;
        ShardedTensor scores = context.Tokens(null, ("heads", Heads), ("index_dim", HeadDim));
        ShardedTensor chosen = context.Tokens("index", NumberFormat.Int32, ("positions", Math.Min(mixer.IndexTopK, context.Length)));
        IReadOnlyList<PlacedWeight> weights =
            layer.Place(ScoreWeights(context.HiddenSize, mixer.QLoraRank ?? context.HiddenSize), axis: null);
        long earlier = context.Length - context.SequenceLength;
        Int128 pairs = ((Int128)context.Length * (context.Length + 1) / 2) - ((Int128)earlier * (earlier + 1) / 2);
        OperatorStep indexer = program.Add(new OperatorStep
        {
            Op = Ops.Indexer,
            Name = "Sparse Indexer",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(input), .. sources.Where(source => source.Tensor.Name == keys.Name)],
            Inputs = [input.Tensor, keys],
            Outputs = [chosen],
            Weights = weights,
            Work = [new LinearWork(scores, weights), new PairWork(scores, pairs, 2L * HeadDim)],
        });
        return new StepSource(indexer, EdgeKind.Data, chosen);
    }

    private IEnumerable<WeightSpec> ScoreWeights(int hidden, int queryRank) =>
    [
        new("self_attn.indexer.wq_b", WeightClass.Attention, (long)Heads * HeadDim, queryRank),
        new("self_attn.indexer.weights_proj", WeightClass.Small, Heads, hidden),
    ];
}
