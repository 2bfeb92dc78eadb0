using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Granite 4: Mamba-2, attention on the layers that <c>layer_types</c> names, a shared expert of <c>shared_intermediate_size</c> in every
/// layer, beside experts where there are any.
/// </summary>
internal sealed class GraniteHybridFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["granitemoehybrid"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        if (config.Bool("mamba_proj_bias", false))
            throw config.Fault("mamba_proj_bias", "biases on the projections of Mamba-2 are not known; no published checkpoint has them");
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention attention = Attention(config) with { QkvBias = bias, OutputBias = bias };
        int heads = config.Count("mamba_n_heads", 128);
        config.Ignore("mamba_expand", "normalization_function", "init_method");
        Mamba2 Recurrent() => new()
        {
            Heads = heads,
            HeadDim = HeadDim(config, heads),
            Groups = config.Count("mamba_n_groups", 1),
            StateSize = config.Count("mamba_d_state", 256),
            ConvolutionKernel = config.Count("mamba_d_conv", 4),
            ConvolutionBias = config.Bool("mamba_conv_bias", true),
        };
        Func<int, bool> isAttention = IsOfType(config, "attention", _ => false);
        int shared = config.Int("shared_intermediate_size", 1024), experts = config.Size("num_local_experts");
        config.Ignore("intermediate_size", "num_experts_per_tok");
        FeedForward part = experts == 0 ? new DenseFeedForward { Ffn = shared } : new MoeFeedForward
        {
            ExpertCount = config.Count("num_local_experts"),
            TopK = config.Count("num_experts_per_tok"),
            Ffn = config.Int("intermediate_size"),
            SharedExperts = 1,
            SharedFfn = shared,
        };
        LayerSpec full = new() { Mixer = attention, FeedForward = part };
        LayerSpec recurrent = Enumerable.Range(1, LayerCount(config)).All(isAttention) ? full
            : new() { Mixer = Recurrent(), FeedForward = part };
        return Model(config, layer => isAttention(layer) ? full : recurrent);
    }

    /// <summary>A number, or the word auto: the expanded width over the heads.</summary>
    private static int HeadDim(ConfigFields config, int heads)
    {
        if (config.Has("mamba_d_head") && !config.IsText("mamba_d_head", "auto"))
            return config.Int("mamba_d_head");
        int inner = checked(config.Int("mamba_expand", 2) * config.Int("hidden_size"));
        return config.Divide("mamba_expand*hidden_size", inner, "mamba_n_heads", heads);
    }
}
