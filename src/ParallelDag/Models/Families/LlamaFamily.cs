using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Llama: GQA, gated FFN, RMSNorm; biases only where the config says so.</summary>
internal sealed class LlamaFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["llama"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias },
            FeedForward = Dense(config) with { Bias = config.Bool("mlp_bias", false) },
        };
        return Model(config, _ => layer);
    }
}
