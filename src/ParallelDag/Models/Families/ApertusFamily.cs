using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Apertus: GQA with QK norm a head, an FFN of two matrices with xIELU, whose two scalars are learned.</summary>
internal sealed class ApertusFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["apertus"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        config.Ignore("post_norm", "qk_norm");
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkNorm = QkNormKind.PerHead, QkvBias = bias, OutputBias = bias },
            FeedForward = Dense(config) with
            {
                Gated = false,
                Bias = config.Bool("mlp_bias", false),
                ActivationWeights = config.Text("hidden_act", "xielu") == "xielu" ? 2 : 0,
            },
        };
        return Model(config, _ => layer);
    }
}
