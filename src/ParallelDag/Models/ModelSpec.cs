using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// A decoder-only transformer: its layers, its two ends and the formats of its numbers. All sizes are global, before any sharding.
/// A plan's <c>model</c> section or a Hugging Face <c>config.json</c> becomes one of these. Immutable, equal by value, safe to share
/// between threads.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Token embedding, final norm and LM head.</summary>
    public required VocabularySpec Vocabulary { get; init; }

    /// <summary>The decoder layers, in order.</summary>
    public required ValueList<LayerSpec> Layers
    {
        get;
        init
        {
            field = value;
            (LayerKinds, KindOfLayer) = Distinguish(value);
            Experts = LayerKinds.Select(layer => layer.FeedForward?.Experts).FirstOrDefault(experts => experts is not null);
        }
    }

    /// <summary>Layers behind the last one that predict further tokens (MTP); no part of a plan's phases, counted apart.</summary>
    public ValueList<LayerSpec> MultiTokenLayers { get; init; } = [];

    /// <summary>True when a checkpoint stores the embedding and the LM head again for its multi-token layers (DeepSeek-V3).</summary>
    public bool MultiTokenLayersStoreEnds { get; init; }

    /// <summary>Formats of weights, activations and cache.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <summary>Fields of a config that were read but are not counted, and why.</summary>
    public ValueList<UncountedField> NotCounted { get; init; } = [];

    /// <summary>The distinct layers, in the order in which a token first meets them.</summary>
    public ValueList<LayerSpec> LayerKinds { get; private init; } = [];

    /// <summary>Per layer (from 0): its index in <see cref="LayerKinds"/>.</summary>
    public ValueList<int> KindOfLayer { get; private init; } = [];

    /// <summary>The first layer's experts, or null for a model without any.</summary>
    public MoeFeedForward? Experts { get; private init; }

    /// <summary>True for a model that has a dense FFN in some layer.</summary>
    internal bool HasDense => LayerKinds.Any(layer => layer.HasDense);

    /// <summary>A model of <paramref name="count"/> layers, each given by its number from 1.</summary>
    public static ValueList<LayerSpec> LayersOf(int count, Func<int, LayerSpec> layer) => [.. Enumerable.Range(1, count).Select(layer)];

    /// <summary>Layer <paramref name="layer"/>, from 1.</summary>
    public LayerSpec Layer(int layer) => LayerKinds[KindOfLayer[layer - 1]];

    /// <summary><c>16 x MHA 8/8 + MoE 16 top 2, hidden 512, vocabulary 32000, bf16</c>.</summary>
    public override string ToString()
    {
        IEnumerable<string> layers =
            LayerKinds.Select((kind, index) => Words.Invariant($"{KindOfLayer.Count(own => own == index)} x {kind}"));
        return Words.Invariant($"{string.Join(", ", layers)}, hidden {Hidden}, vocabulary {Vocabulary.Size}, {Precision}");
    }

    private static (ValueList<LayerSpec> Kinds, ValueList<int> KindOfLayer) Distinguish(ValueList<LayerSpec> layers)
    {
        var kinds = new Dictionary<LayerSpec, int>();
        int[] kindOfLayer = new int[layers.Count];
        for (int i = 0; i < kindOfLayer.Length; i++)
        {
            // Neighbours are mostly one object; comparing the reference first spares the hash.
            if (i > 0 && ReferenceEquals(layers[i], layers[i - 1]))
                kindOfLayer[i] = kindOfLayer[i - 1];
            else if (!kinds.TryGetValue(layers[i], out kindOfLayer[i]))
                kinds.Add(layers[i], kindOfLayer[i] = kinds.Count);
        }

        return ([.. kinds.OrderBy(kind => kind.Value).Select(kind => kind.Key)], [.. kindOfLayer]);
    }
}

/// <summary>A field of a config that is there but not counted.</summary>
/// <param name="Field">The field: <c>vision_config</c>.</param>
/// <param name="Reason">Why it is not counted.</param>
public sealed record UncountedField(string Field, string Reason);
