using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Phi-3 and Phi-4: Llama's layers with fused projections that count the same, under a window where the config has one.</summary>
internal sealed class Phi3Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phi3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias, Window = config.Size("sliding_window") },
            FeedForward = Dense(config) with { Bias = config.Bool("mlp_bias", false) },
        };
        ModelSpec model = Model(config, _ => layer);
        return model with { Vocabulary = model.Vocabulary with { HeadBias = config.Bool("lm_head_bias", false) } };
    }
}
