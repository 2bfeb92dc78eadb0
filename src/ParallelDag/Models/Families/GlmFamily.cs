using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// GLM-4: GQA with biases on Q, K and V where the config has them, gated FFN; glm4 has norms before and behind each part.
/// </summary>
internal sealed class GlmFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["glm", "glm4"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var layer = new LayerSpec
        {
            Style = config.ModelType == "glm4" ? LayerStyle.SandwichNorm : LayerStyle.PreNorm,
            Mixer = Attention(config) with { QkvBias = config.Bool("attention_bias", false) },
            FeedForward = Dense(config),
        };
        return Model(config, _ => layer);
    }
}
