using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// StarCoder2: GQA under a window, a plain FFN, LayerNorms with bias, biases where <c>use_bias</c> is set; tied unless it says not.
/// </summary>
internal sealed class Starcoder2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["starcoder2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("use_bias", true);
        config.Ignore("mlp_type");
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias, Window = config.Size("sliding_window") },
            FeedForward = Dense(config) with { Gated = false, Bias = bias },
        };
        return Model(config, _ => layer, tied: true, NormKind.LayerBias);
    }
}
