using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Kimi-Linear: Kimi delta attention on the layers that <c>linear_attn_config</c> lists (from 1), latent attention on the others; leading
/// dense layers, experts with a score correction and shared ones.
/// </summary>
internal sealed class KimiLinearFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["kimi_linear"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        LatentAttention full = DeepSeekFamily.Latent(config);
        ConfigFields linear = config.Section("linear_attn_config")
            ?? throw config.Fault("linear_attn_config", "is missing; model_type kimi_linear needs it");
        var delta = new KimiDeltaAttention
        {
            Heads = linear.Count("num_heads"),
            HeadDim = linear.Int("head_dim"),
            ConvolutionKernel = linear.Count("short_conv_kernel_size", 4),
        };
        var listed = linear.IntList("kda_layers").ToHashSet();
        int width = config.Int("moe_intermediate_size"), shared = config.Size("num_shared_experts");
        int leading = config.Size("first_k_dense_replace"), frequency = config.Int("moe_layer_freq", 1);
        int groups = config.Size("num_expert_group"), limit = config.Size("topk_group");
        bool limited = groups > 1 && limit > 0 && limit < groups;
        config.Ignore("mla_use_nope", "moe_renormalize", "moe_router_activation_func", "use_grouped_topk");
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Count("num_experts"),
            TopK = config.Count(config.NameOf("num_experts_per_token", "num_experts_per_tok")),
            Ffn = width,
            SharedExperts = shared,
            SharedFfn = checked(shared * width),
            ScoreCorrection = true,
            Groups = limited ? groups : 0,
            GroupLimit = limited ? limit : 0,
        };
        bool IsDense(int layer) => layer <= leading || (layer - 1) % frequency != 0;
        DenseFeedForward? dense = DenseBesideExperts(config, IsDense);
        return Model(config, layer => new LayerSpec
        {
            Mixer = listed.Contains(layer) ? delta : full,
            FeedForward = IsDense(layer) ? dense! : moe,
        });
    }
}
