using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Qwen2: GQA with biases on Q, K and V; MiMo has a multi-token layer too. Qwen3: no biases, and RMSNorms on queries and keys. A window
/// counts only with <c>use_sliding_window</c>, from layer <c>max_window_layers</c> on.
/// </summary>
internal sealed class QwenFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2", "qwen2_vl", "qwen2_5_vl", "qwen3", "qwen3_vl", "mimo"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention full = Attention(config);
        DenseFeedForward dense = Dense(config);
        LayerSpec global = new() { Mixer = full, FeedForward = dense };
        LayerSpec local = new() { Mixer = full with { Window = Window(config) }, FeedForward = dense };
        Func<int, bool> isLocal = IsLocal(config);
        int further = config.ModelType == "mimo" ? config.Size("num_nextn_predict_layers") : 0;
        return Model(config, layer => isLocal(layer) ? local : global) with { MultiTokenLayers = MultiToken(further, global) };
    }

    /// <summary>The attention half, which the MoE models share.</summary>
    internal static new GroupedAttention Attention(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        return config.ModelType.StartsWith("qwen3", StringComparison.Ordinal)
            ? ModelFamily.Attention(config) with { QkNorm = QkNormKind.PerHead, QkvBias = bias, OutputBias = bias }
            : ModelFamily.Attention(config) with { QkvBias = config.Bool("qkv_bias", true) };
    }

    /// <summary>The window, 0 unless it is switched on.</summary>
    internal static int Window(ConfigFields config)
    {
        int window = config.Size("sliding_window");
        return config.Bool("use_sliding_window", false) ? window : 0;
    }

    /// <summary>The layers (from 1) under the window.</summary>
    internal static Func<int, bool> IsLocal(ConfigFields config)
    {
        int first = config.Size("max_window_layers", 28);
        return Window(config) == 0 ? _ => false : IsOfType(config, "sliding_attention", layer => layer > first);
    }
}
