using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// GLM-4.5 and 4.6: GQA with biases on Q, K and V and an optional QK norm, leading dense layers, experts with a score correction and a
/// shared one, multi-token layers. dots.llm1: the same with QK norm.
/// </summary>
internal sealed class GlmMoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["glm4_moe", "glm4v_moe", "dots1"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention attention = Attention(config) with
        {
            QkvBias = config.Bool("attention_bias", false),
            QkNorm = config.Bool("use_qk_norm", config.ModelType == "dots1") ? QkNormKind.PerHead : QkNormKind.None,
        };
        int leading = config.Size("first_k_dense_replace", 1), further = config.Size("num_nextn_predict_layers");
        (int groups, int limit) = NodeLimit(config);
        LayerSpec sparse = new()
        {
            Mixer = attention,
            FeedForward = ExpertsBesideShared(config, "n_routed_experts", "n_shared_experts", absent: 1) with
            {
                ScoreCorrection = true,
                Groups = groups,
                GroupLimit = limit,
            },
        };
        LayerSpec plain = leading == 0 ? sparse : new() { Mixer = attention, FeedForward = Dense(config) };
        return Model(config, layer => layer <= leading ? plain : sparse) with { MultiTokenLayers = MultiToken(further, sparse) };
    }
}
