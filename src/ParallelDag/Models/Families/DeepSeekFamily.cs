using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// DeepSeek-V2, DeepSeek-V3 and Kimi K2: multi-head latent attention, leading dense layers, shared experts of the routed width.
/// V3's router has a score-correction bias (<c>topk_method: noaux_tc</c>).
/// </summary>
internal sealed class DeepSeekFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["deepseek_v2", "deepseek_v3", "kimi_k2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        LatentAttention attention = Latent(config);
        DenseFeedForward dense = Dense(config);
        if (config.OptionalInt("n_routed_experts") is not int experts)
        {
            var layer = new LayerSpec { Mixer = attention, FeedForward = dense };
            return Model(config, _ => layer);
        }

        int width = config.Int("moe_intermediate_size"), shared = config.OptionalInt("n_shared_experts") ?? 0;
        int frequency = config.OptionalInt("moe_layer_freq") ?? 1, leading = config.OptionalInt("first_k_dense_replace") ?? 0;
        if (frequency < 1)
            throw config.Fault("moe_layer_freq", "must be at least 1");
        bool third = config.Text("model_type", "") != "deepseek_v2";
        var moe = new MoeFeedForward
        {
            ExpertCount = experts,
            TopK = config.Int("num_experts_per_tok"),
            Ffn = width,
            SharedExperts = shared,
            SharedFfn = checked(shared * width),
            ScoreCorrection = config.Text("topk_method", third ? "noaux_tc" : "greedy") == "noaux_tc",
            Groups = config.OptionalInt("n_group") ?? 0,
            GroupLimit = config.OptionalInt("topk_group") ?? 0,
        };
        int multiToken = config.OptionalInt("num_nextn_predict_layers") ?? 0;
        if (multiToken is < 0 or > 64)
            throw config.Fault("num_nextn_predict_layers", "must be 0 to 64");
        return Model(config, layer =>
            new LayerSpec { Mixer = attention, FeedForward = layer <= leading || (layer - 1) % frequency != 0 ? dense : moe }) with
        {
            MultiTokenLayers = ModelSpec.LayersOf(multiToken, _ => new LayerSpec { Mixer = attention, FeedForward = moe }),
            MultiTokenLayersStoreEnds = multiToken > 0,
        };
    }

    /// <summary>The attention half.</summary>
    internal static LatentAttention Latent(ConfigFields config) => new()
    {
        Heads = config.Int("num_attention_heads"),
        QLoraRank = config.OptionalInt("q_lora_rank"),
        KvLoraRank = config.Int("kv_lora_rank"),
        QkNopeHeadDim = config.Int("qk_nope_head_dim"),
        QkRopeHeadDim = config.Int("qk_rope_head_dim"),
        VHeadDim = config.Int("v_head_dim"),
    };
}
