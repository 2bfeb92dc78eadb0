using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>The two ends of a model: token embedding and LM head.</summary>
public sealed record VocabularySpec
{
    /// <summary>Entries.</summary>
    public required int Size { get; init; }

    /// <summary>True when the LM head is the embedding matrix.</summary>
    public bool Tied { get; init; }

    /// <summary>Learned absolute positions; 0 for rotary ones.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>A bias on the LM head.</summary>
    public bool HeadBias { get; init; }

    /// <summary>The final norm.</summary>
    public NormKind Norm { get; init; }

    /// <summary><c>32000 tokens</c>, <c>128256 tokens, tied</c>.</summary>
    public override string ToString() => Words.Invariant($"{Size} tokens") + (Tied ? ", tied" : "");

    /// <summary>The embedding's weights.</summary>
    public IEnumerable<WeightSpec> EmbeddingWeights(int hidden)
    {
        yield return Table(hidden);
        if (LearnedPositions > 0)
            yield return new WeightSpec("embed_positions", WeightClass.Embedding, LearnedPositions, hidden);
    }

    /// <summary>The weights behind the last layer that are the model's own: the final norm, and the head unless it is tied.</summary>
    public IEnumerable<WeightSpec> HeadWeights(int hidden)
    {
        foreach (WeightSpec norm in LayerSpec.NormWeights("norm", Norm, hidden))
            yield return norm;
        if (!Tied)
            yield return Head(hidden);
        if (HeadBiasWeight is WeightSpec bias)
            yield return bias;
    }

    /// <summary>The same with as many entries as an engine holds: the next multiple.</summary>
    internal VocabularySpec PaddedTo(int multiple) =>
        multiple <= 1 ? this : this with { Size = checked((int)(((long)Size + multiple - 1) / multiple * multiple)) };

    /// <summary>The bias of the LM head, or null.</summary>
    internal WeightSpec? HeadBiasWeight =>
        HeadBias ? WeightSpec.Vector("lm_head.bias", WeightClass.Small, Size) with { Split = WeightSplit.Rows } : null;

    /// <summary>The table of token embeddings.</summary>
    internal WeightSpec Table(int hidden) => new("embed_tokens", WeightClass.Embedding, Size, hidden) { Split = WeightSplit.Rows };

    /// <summary>The LM head.</summary>
    internal WeightSpec Head(int hidden) => new("lm_head", WeightClass.Head, Size, hidden) { Split = WeightSplit.Rows };
}
