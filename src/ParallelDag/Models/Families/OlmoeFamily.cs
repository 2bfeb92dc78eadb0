using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>OLMoE: QK norm over the whole width, experts of <c>intermediate_size</c> in every layer.</summary>
internal sealed class OlmoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["olmoe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkNorm = QkNormKind.Whole, QkvBias = bias, OutputBias = bias },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Count("num_experts", 64),
                TopK = config.Count("num_experts_per_tok", 8),
                Ffn = config.Int("intermediate_size"),
            },
        };
        return Model(config, _ => layer);
    }
}
