using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>DBRX: nested <c>attn_config</c> and <c>ffn_config</c>, GQA, experts in every layer, LayerNorms without bias.</summary>
internal sealed class DbrxFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["dbrx"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("d_model"), heads = config.Count("n_heads");
        int kvHeads = config.Section("attn_config")?.Count("kv_n_heads", 1) ?? 1;
        ConfigFields ffn = config.Section("ffn_config") ?? throw config.Fault("ffn_config", "is missing; model_type dbrx needs it");
        var layer = new LayerSpec
        {
            Norm = NormKind.Layer,
            Mixer = new GroupedAttention
            {
                Heads = heads,
                KvHeads = kvHeads,
                HeadDim = config.Divide("d_model", hidden, "n_heads", heads),
            },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = ffn.Count("moe_num_experts"),
                TopK = ffn.Count("moe_top_k"),
                Ffn = ffn.Int("ffn_hidden_size"),
            },
        };
        return Model(config, _ => layer, norm: NormKind.Layer, hidden: "d_model", layers: "n_layers");
    }
}
