namespace ParallelDag.Models.Families;

/// <summary>
/// DeepSeek-V2, DeepSeek-V3 and Kimi K2: multi-head latent attention, leading dense layers, shared experts of the routed width.
/// V3's router has a score-correction bias (<c>topk_method: noaux_tc</c>).
/// </summary>
public sealed class DeepSeekFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["deepseek_v2", "deepseek_v3", "kimi_k2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var mla = new MlaSpec
        {
            QLoraRank = config.OptionalInt("q_lora_rank"),
            KvLoraRank = config.Int("kv_lora_rank"),
            QkNopeHeadDim = config.Int("qk_nope_head_dim"),
            QkRopeHeadDim = config.Int("qk_rope_head_dim"),
            VHeadDim = config.Int("v_head_dim"),
        };
        int heads = config.Int("num_attention_heads"), layers = config.Int("num_hidden_layers");
        var model = new ModelSpec
        {
            Layers = layers,
            Hidden = config.Int("hidden_size"),
            Heads = heads,
            KvHeads = heads,
            HeadDim = mla.QkHeadDim,
            Ffn = config.Int("intermediate_size"),
            Vocab = config.Int("vocab_size"),
            TiedEmbeddings = config.Bool("tie_word_embeddings", false),
            DataType = config.DataType(),
            Mla = mla,
        };
        if (config.OptionalInt("n_routed_experts") is not int experts)
            return model;

        int width = config.Int("moe_intermediate_size"), shared = config.OptionalInt("n_shared_experts") ?? 0;
        int frequency = config.OptionalInt("moe_layer_freq") ?? 1, dense = config.OptionalInt("first_k_dense_replace") ?? 0;
        if (frequency < 1)
            throw config.Fault("moe_layer_freq", "must be at least 1");
        bool third = config.Text("model_type", "") != "deepseek_v2";
        return model with
        {
            Moe = new MoeSpec
            {
                Experts = experts,
                TopK = config.Int("num_experts_per_tok"),
                Ffn = width,
                SharedExperts = shared,
                SharedFfn = checked(shared * width),
                FirstDenseLayers = dense,
                DenseLayers = Enumerable.Range(1, layers).Where(layer => (layer - 1) % frequency != 0).ToHashSet(),
                RouterBias = config.Text("topk_method", third ? "noaux_tc" : "greedy") == "noaux_tc",
            },
        };
    }
}
