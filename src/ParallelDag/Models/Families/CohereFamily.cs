using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Cohere's Command: tied embeddings, one LayerNorm without bias that feeds attention and FFN side by side, an optional QK norm over the
/// whole width. Cohere2 has a window on three of four layers.
/// </summary>
internal sealed class CohereFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["cohere", "cohere2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention full = Attention(config) with
        {
            QkvBias = bias,
            OutputBias = bias,
            QkNorm = config.Bool("use_qk_norm", false) ? QkNormKind.Whole : QkNormKind.None,
        };
        DenseFeedForward dense = Dense(config);
        LayerSpec Layer(GroupedAttention attention) =>
            new() { Norm = NormKind.Layer, Style = LayerStyle.Parallel, Mixer = attention, FeedForward = dense };
        LayerSpec global = Layer(full);
        if (config.ModelType == "cohere")
            return Model(config, _ => global, tied: true, NormKind.Layer);
        LayerSpec local = Layer(full with { Window = config.Size("sliding_window", 4096) });
        config.Ignore("sliding_window_pattern", "order_of_interleaved_layers");
        Func<int, bool> isFull = IsOfType(config, "full_attention", EveryNth(config, "sliding_window_pattern", 4));
        return Model(config, layer => isFull(layer) ? global : local, tied: true, NormKind.Layer);
    }
}
