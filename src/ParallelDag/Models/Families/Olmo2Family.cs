using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// OLMo 2 and 3: norms behind each part alone, QK norm over the whole width; OLMo 3 has a window on three of four layers.
/// </summary>
internal sealed class Olmo2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["olmo2", "olmo3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention full = Attention(config) with { QkNorm = QkNormKind.Whole, QkvBias = bias, OutputBias = bias };
        DenseFeedForward dense = Dense(config);
        LayerSpec Layer(GroupedAttention attention) =>
            new() { Style = LayerStyle.PostNorm, Mixer = attention, FeedForward = dense };
        LayerSpec global = Layer(full);
        if (config.ModelType == "olmo2")
            return Model(config, _ => global);
        LayerSpec local = Layer(full with { Window = config.Size("sliding_window", 4096) });
        Func<int, bool> isLocal = IsOfType(config, "sliding_attention", layer => layer % 4 != 0);
        return Model(config, layer => isLocal(layer) ? local : global);
    }
}
