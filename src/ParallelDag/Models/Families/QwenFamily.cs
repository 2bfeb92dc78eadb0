using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Qwen2 (biases on Q, K and V) and Qwen3 (norms on queries and keys, biases only where <c>attention_bias</c> says so).</summary>
internal sealed class QwenFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2", "qwen3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var layer = new LayerSpec { Mixer = Attention(config, config.Text("model_type", "") == "qwen3"), FeedForward = Dense(config) };
        return Model(config, _ => layer);
    }

    /// <summary>The attention half, which the MoE models share.</summary>
    internal static GroupedAttention Attention(ConfigFields config, bool third)
    {
        bool bias = config.Bool("attention_bias", false);
        return third
            ? Attention(config) with { QkNorm = QkNormKind.PerHead, QkvBias = bias, OutputBias = bias }
            : Attention(config) with { QkvBias = true };
    }
}
