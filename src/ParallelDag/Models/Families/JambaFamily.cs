using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Jamba: Mamba with norms on time step, B and C; attention on every <c>attn_layer_period</c>-th layer, experts on every
/// <c>expert_layer_period</c>-th.
/// </summary>
internal sealed class JambaFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["jamba"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("hidden_size");
        GroupedAttention attention = Attention(config);
        var mamba = new Mamba1
        {
            Inner = checked(hidden * config.Count("mamba_expand", 2)),
            StateSize = config.Count("mamba_d_state", 16),
            TimeStepRank = config.IsText("mamba_dt_rank", "auto") ? (hidden + 15) / 16 : config.Int("mamba_dt_rank", (hidden + 15) / 16),
            ConvolutionKernel = config.Count("mamba_d_conv", 4),
            ConvolutionBias = config.Bool("mamba_conv_bias", true),
            ProjectionBias = config.Bool("mamba_proj_bias", false),
        };
        DenseFeedForward dense = Dense(config);
        int experts = config.Count("num_experts", 16);
        FeedForward moe = experts == 1 ? dense : new MoeFeedForward
        {
            ExpertCount = experts,
            TopK = config.Count("num_experts_per_tok", 2),
            Ffn = dense.Ffn,
        };
        config.Ignore("num_experts_per_tok");
        Func<int, bool> isAttention = IsOfType(config, "attention", Periodic(config, "attn_layer_period", 8, "attn_layer_offset", 4));
        Func<int, bool> isSparse = Periodic(config, "expert_layer_period", 2, "expert_layer_offset", 1);
        return Model(config, layer => new LayerSpec
        {
            Mixer = isAttention(layer) ? attention : mamba,
            FeedForward = isSparse(layer) ? moe : dense,
        });
    }

    private static Func<int, bool> Periodic(ConfigFields config, string period, int everyNth, string offset, int from)
    {
        int every = config.Int(period, everyNth), first = config.Size(offset, from);
        return layer => (layer - 1) % every == first;
    }
}
