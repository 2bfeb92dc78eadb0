using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Gemma 2 and 3: tied embeddings, four norms a layer, a window on every second layer (2) or on five of six (3), where queries and keys
/// have norms too. Published configs leave fields out that have these defaults.
/// </summary>
internal sealed class Gemma2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma2", "gemma3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool third = config.ModelType == "gemma3", bias = config.Bool("attention_bias", false);
        int heads = config.Count("num_attention_heads", 8), kvHeads = config.Count("num_key_value_heads", 4);
        RequireGroups(config, "num_key_value_heads", heads, kvHeads);
        var full = new GroupedAttention
        {
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = config.Int("head_dim", 256),
            QkNorm = third ? QkNormKind.PerHead : QkNormKind.None,
            QkvBias = bias,
            OutputBias = bias,
        };
        var dense = new DenseFeedForward { Ffn = config.Int("intermediate_size", 9216) };
        LayerSpec Layer(GroupedAttention attention) =>
            new() { Style = LayerStyle.SandwichNorm, Mixer = attention, FeedForward = dense };
        LayerSpec global = Layer(full), local = Layer(full with { Window = config.Size("sliding_window", 4096) });
        Func<int, bool> every = EveryNth(config, config.NameOf("sliding_window_pattern", "_sliding_window_pattern"), third ? 6 : 2);
        Func<int, bool> isFull = IsOfType(config, "full_attention", every);
        return new ModelSpec
        {
            Hidden = config.Int("hidden_size", 2304),
            Vocabulary = new VocabularySpec
            {
                Size = config.Int("vocab_size", third ? 262_208 : 256_000),
                Tied = config.Bool("tie_word_embeddings", true),
            },
            Layers = ModelSpec.LayersOf(config.Count("num_hidden_layers", 26), layer => isFull(layer) ? global : local),
            Precision = Precisions.Precision.Of(config.DataType()),
        };
    }
}
