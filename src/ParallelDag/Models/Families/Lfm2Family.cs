using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// LFM2: gated short convolutions, and GQA with QK norm on the layers that <c>layer_types</c> or <c>full_attn_idxs</c> name; experts with
/// a score correction behind leading dense layers (lfm2_moe).
/// </summary>
internal sealed class Lfm2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["lfm2", "lfm2_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention attention = Attention(config) with { QkNorm = QkNormKind.PerHead };
        var convolution = new ShortConvolution
        {
            Channels = config.Int("hidden_size"),
            ConvolutionKernel = config.Count("conv_L_cache", 3),
            Bias = config.Bool("conv_bias", false),
        };
        config.Ignore("block_dim", "conv_dim", "conv_dim_out", "block_mlp_init_scale", "block_out_init_scale", "block_use_swiglu",
            "block_use_xavier_init", "conv_use_xavier_init", "num_heads", "tie_embedding");
        var listed = config.IntList("full_attn_idxs").ToHashSet();
        Func<int, bool> isAttention = IsOfType(config, "full_attention", layer => listed.Contains(layer - 1));
        bool sparse = config.ModelType == "lfm2_moe";
        int leading = sparse ? config.Size("num_dense_layers", 2) : LayerCount(config);
        MoeFeedForward? moe = sparse ? Experts(config) : null;
        DenseFeedForward? dense = sparse ? DenseBesideExperts(config, layer => layer <= leading) : new() { Ffn = Width(config) };
        string tied = config.NameOf("tie_word_embeddings", "tie_embedding");
        ModelSpec model = Model(config, layer => new LayerSpec
        {
            Mixer = isAttention(layer) ? attention : convolution,
            FeedForward = layer <= leading ? dense! : moe!,
        });
        return model with { Vocabulary = model.Vocabulary with { Tied = config.Bool(tied, true) } };
    }

    private static MoeFeedForward Experts(ConfigFields config) => new()
    {
        ExpertCount = config.Count("num_experts"),
        TopK = config.Count("num_experts_per_tok"),
        Ffn = config.Int("moe_intermediate_size"),
        ScoreCorrection = config.Bool("use_expert_bias", true),
    };

    /// <summary>
    /// The width of the FFN: with <c>block_auto_adjust_ff_dim</c> two thirds of what is stated, scaled, rounded up to a multiple.
    /// </summary>
    private static int Width(ConfigFields config)
    {
        int stated = config.Int(config.NameOf("block_ff_dim", "intermediate_size"));
        config.Ignore("intermediate_size", "block_ff_dim");
        if (!config.Bool("block_auto_adjust_ff_dim", true))
            return stated;
        double scale = config.Has("block_ffn_dim_multiplier") ? config.Number("block_ffn_dim_multiplier") : 1;
        int multiple = config.Int("block_multiple_of", 256);
        double width = Math.Floor(scale * (int)(2L * stated / 3));
        if (width is < 1 or > 1 << 24)
            throw config.Fault("block_ffn_dim_multiplier", "makes an FFN of a width that is out of range");
        return checked(((int)width + multiple - 1) / multiple * multiple);
    }
}
