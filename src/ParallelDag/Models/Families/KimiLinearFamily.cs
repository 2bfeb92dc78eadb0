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
        int leading = config.Size("first_k_dense_replace"), frequency = config.Int("moe_layer_freq", 1);
        (int groups, int limit) = NodeLimit(config, group: "num_expert_group");
        config.Ignore("mla_use_nope", "moe_renormalize", "moe_router_activation_func", "use_grouped_topk");
        MoeFeedForward moe = ExpertsBesideShared(config, "num_experts", "num_shared_experts",
            topK: config.NameOf("num_experts_per_token", "num_experts_per_tok")) with
        {
            ScoreCorrection = true,
            Groups = groups,
            GroupLimit = limit,
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
