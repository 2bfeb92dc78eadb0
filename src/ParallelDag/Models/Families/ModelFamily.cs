using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Models.Families;

/// <summary>
/// A family of Hugging Face models: how its <c>config.json</c> becomes a <see cref="ModelSpec"/>. A new family is one file, and a line in <see cref="ModelFamilies"/>.
/// </summary>
internal abstract class ModelFamily
{
    /// <summary>The values of <c>model_type</c> that the family reads.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Reads the config.</summary>
    /// <exception cref="InputException">A field is missing or makes no sense.</exception>
    public abstract ModelSpec Read(ConfigFields config);

    /// <summary>A model of alike dimensions in all layers.</summary>
    /// <param name="config">The config.</param>
    /// <param name="layer">Each layer, by its number from 1.</param>
    protected static ModelSpec Model(ConfigFields config, Func<int, LayerSpec> layer) => new()
    {
        Hidden = config.Int("hidden_size"),
        Vocabulary = Vocabulary(config),
        Layers = ModelSpec.LayersOf(config.Int("num_hidden_layers"), layer),
        Precision = Precision.Of(config.DataType()),
    };

    /// <summary>The two ends as most configs state them.</summary>
    protected static VocabularySpec Vocabulary(ConfigFields config) =>
        new() { Size = config.Int("vocab_size"), Tied = config.Bool("tie_word_embeddings", false) };

    /// <summary>Grouped attention as most configs state it.</summary>
    protected static GroupedAttention Attention(ConfigFields config)
    {
        int hidden = config.Int("hidden_size"), heads = config.Int("num_attention_heads");
        return new GroupedAttention
        {
            Heads = heads,
            KvHeads = config.OptionalInt("num_key_value_heads") ?? heads,
            HeadDim = config.OptionalInt("head_dim") ?? config.Divide("hidden_size", hidden, "num_attention_heads", heads),
        };
    }

    /// <summary>A gated FFN as most configs state it.</summary>
    protected static DenseFeedForward Dense(ConfigFields config) => new() { Ffn = config.Int("intermediate_size") };

    /// <summary>The layers (from 1) with a dense FFN: those listed in <c>mlp_only_layers</c> (from 0) and those that <c>decoder_sparse_step</c> skips.</summary>
    protected static Func<int, bool> IsDense(ConfigFields config)
    {
        int step = config.OptionalInt("decoder_sparse_step") ?? 1;
        var listed = config.IntList("mlp_only_layers").Select(layer => layer + 1).ToHashSet();
        if (step < 1)
            throw config.Fault("decoder_sparse_step", "must be at least 1");
        return layer => listed.Contains(layer) || layer % step != 0;
    }
}
