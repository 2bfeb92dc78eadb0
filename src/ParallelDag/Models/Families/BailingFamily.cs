using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Ling and Ring (bailing_moe): GQA with an optional QK norm, leading dense layers, experts with shared ones and, from 2.0 on, a score
/// correction; multi-token layers.
/// </summary>
internal sealed class BailingFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["bailing_moe", "bailing_moe_v2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention attention = Attention(config) with
        {
            QkvBias = config.Bool("use_qkv_bias", false),
            OutputBias = config.Bool("use_bias", false),
            QkNorm = config.Bool("use_qk_norm", false) ? QkNormKind.PerHead : QkNormKind.None,
        };
        int leading = config.Size("first_k_dense_replace"), further = config.Size("num_nextn_predict_layers");
        (int groups, int limit) = NodeLimit(config);
        MoeFeedForward moe = ExpertsBesideShared(config, "num_experts", "num_shared_experts");
        LayerSpec sparse = new()
        {
            Mixer = attention,
            FeedForward = moe with
            {
                SharedFfn = checked(moe.SharedExperts * config.Int("moe_shared_expert_intermediate_size", moe.Ffn)),
                ScoreCorrection = config.Bool("moe_router_enable_expert_bias", false),
                Groups = groups,
                GroupLimit = limit,
            },
        };
        DenseFeedForward? dense = DenseBesideExperts(config, layer => layer <= leading);
        LayerSpec plain = dense is null ? sparse : new() { Mixer = attention, FeedForward = dense };
        return Model(config, layer => layer <= leading ? plain : sparse) with { MultiTokenLayers = MultiToken(further, sparse) };
    }
}
