using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Gemma: Llama's layers with tied embeddings and a head width of its own.</summary>
internal sealed class GemmaFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention attention = Attention(config) with { QkvBias = bias, OutputBias = bias, HeadDim = config.Int("head_dim", 256) };
        var layer = new LayerSpec { Mixer = attention, FeedForward = Dense(config) };
        return Model(config, _ => layer, tied: true);
    }
}
