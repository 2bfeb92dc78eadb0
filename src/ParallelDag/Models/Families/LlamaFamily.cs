using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Llama 2 and 3: GQA, gated FFN, no biases unless <c>attention_bias</c> (Q, K, V and O) or <c>mlp_bias</c> say so.</summary>
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
