using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// DeepSeek-V2, V3, V3.2, Kimi K2, GLM-4.7-Flash and GLM-5: multi-head latent attention, leading dense layers, shared experts of the
/// routed width. V3's router has a score-correction bias (<c>topk_method: noaux_tc</c>), V3.2 and GLM-5 choose positions with an
/// indexer; GLM-5's runs on the layers whose <c>indexer_types</c> say <c>full</c>, and the others take its choice.
/// </summary>
internal sealed class DeepSeekFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes =>
        ["deepseek_v2", "deepseek_v3", "deepseek_v32", "glm_moe_dsa", "glm4_moe_lite", "kimi_k2", "kimi_k25"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        Mixer indexed = config.Bool("use_mla", true) ? Latent(config) : HeadWise(config);
        Mixer following = indexed is LatentAttention latent ? latent with { Indexer = null } : indexed;
        Func<int, bool> isIndexed = IsIndexed(config);
        Mixer Mixer(int layer) => isIndexed(layer) ? indexed : following;
        int leading = config.Size("first_k_dense_replace"), layers = LayerCount(config), further = config.Size("num_nextn_predict_layers");
        if (!config.Has("n_routed_experts"))
        {
            DenseFeedForward only = Dense(config);
            return Model(config, layer => new LayerSpec { Mixer = Mixer(layer), FeedForward = only });
        }

        MoeFeedForward moe = Moe(config);
        Func<int, bool> isDense = IsDenseLayer(config, leading, layers);
        DenseFeedForward? dense = DenseBesideExperts(config, isDense);
        return Model(config, layer => new LayerSpec { Mixer = Mixer(layer), FeedForward = isDense(layer) ? dense! : moe }) with
        {
            MultiTokenLayers = MultiToken(further, new LayerSpec { Mixer = indexed, FeedForward = moe }),
            MultiTokenLayersStoreEnds = config.ModelType == "glm4_moe_lite"
                || config.ModelType.StartsWith("deepseek", StringComparison.Ordinal),
        };
    }

    /// <summary>The small models without latents (DeepSeek-VL2-Tiny, DeepSeek-OCR).</summary>
    private static GroupedAttention HeadWise(ConfigFields config)
    {
        config.Ignore("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim");
        return Attention(config);
    }

    /// <summary>Latent attention, with an indexer where the type has one.</summary>
    internal static LatentAttention Latent(ConfigFields config)
    {
        if (config.Bool("attention_bias", false))
            throw config.Fault("attention_bias", "biases of latent attention are not known; no published checkpoint has them");
        bool sparse = config.ModelType is "deepseek_v32" or "glm_moe_dsa";
        config.Ignore("num_key_value_heads", "head_dim", "n_shared_experts");
        return new LatentAttention
        {
            Heads = config.Count("num_attention_heads"),
            QLoraRank = config.OptionalInt("q_lora_rank"),
            KvLoraRank = config.Int("kv_lora_rank"),
            QkNopeHeadDim = config.Int("qk_nope_head_dim"),
            QkRopeHeadDim = config.Int("qk_rope_head_dim"),
            VHeadDim = config.Int("v_head_dim"),
            Indexer = sparse
                ? new SparseIndexer { Heads = config.Count("index_n_heads"), HeadDim = config.Int("index_head_dim") } : null,
            IndexTopK = sparse ? config.Int("index_topk") : 0,
        };
    }

    private static Func<int, bool> IsIndexed(ConfigFields config)
    {
        IReadOnlyList<string> types = config.TextList("indexer_types");
        if (types.Count == 0)
            return _ => true;
        config.RequireLayers("indexer_types", types.Count, LayerCount(config));
        return layer => types[layer - 1] == "full";
    }

    private static MoeFeedForward Moe(ConfigFields config)
    {
        MoeFeedForward moe = ExpertsBesideShared(config, "n_routed_experts", "n_shared_experts");
        string method = config.Text("topk_method", config.ModelType == "deepseek_v2" ? "greedy" : "noaux_tc");
        (int groups, int limit) = method == "greedy" ? (0, 0) : NodeLimit(config);
        config.Ignore("n_group", "topk_group");
        return moe with { ScoreCorrection = method == "noaux_tc", Groups = groups, GroupLimit = limit };
    }

    private static Func<int, bool> IsDenseLayer(ConfigFields config, int leading, int layers)
    {
        int frequency = config.Int("moe_layer_freq", 1);
        IReadOnlyList<string> types = config.TextList("mlp_layer_types");
        if (types.Count == 0)
            return layer => layer <= leading || (layer - 1) % frequency != 0;
        config.RequireLayers("mlp_layer_types", types.Count, layers);
        return layer => types[layer - 1] == "dense";
    }
}
