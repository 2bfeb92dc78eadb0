namespace ParallelDag.Models.Families;

/// <summary>Qwen2 (biases on Q, K and V) and Qwen3 (norms on queries and keys, biases only where <c>attention_bias</c> says so).</summary>
public sealed class QwenFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2", "qwen3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config) => Attention(config, config.Text("model_type", "") == "qwen3");

    /// <summary>The attention half, which the MoE models share.</summary>
    internal static ModelSpec Attention(ConfigFields config, bool third)
    {
        bool bias = config.Bool("attention_bias", false);
        return third
            ? Common(config) with { QkNorm = true, QkvBias = bias, OutputBias = bias }
            : Common(config) with { QkvBias = true };
    }
}
