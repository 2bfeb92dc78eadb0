using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// GPT-NeoX and Pythia: multi-head attention and a plain FFN beside each other (<c>use_parallel_residual</c>), biases and LayerNorms with
/// bias throughout, an LM head of its own without bias.
/// </summary>
internal sealed class GptNeoXFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_neox"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", true);
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Style = config.Bool("use_parallel_residual", true) ? LayerStyle.ParallelTwoNorms : LayerStyle.PreNorm,
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias },
            FeedForward = Dense(config) with { Gated = false, Bias = true },
        };
        return Model(config, _ => layer, norm: NormKind.LayerBias);
    }
}
