using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Hunyuan: GQA with QK norm and a gated FFN (dense), or experts with shared ones in every layer, whose numbers may be lists with an entry
/// a layer (A13B).
/// </summary>
internal sealed class HunyuanFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["hunyuan_v1_dense", "hunyuan_v1_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention attention = Attention(config);
        attention = attention with
        {
            HeadDim = config.Int("head_dim", config.Int("attention_head_dim", attention.HeadDim)),
            QkNorm = config.Bool("use_qk_norm", true) ? QkNormKind.PerHead : QkNormKind.None,
            QkvBias = bias,
            OutputBias = bias,
        };
        if (config.Bool("use_cla", false))
            throw config.Fault("use_cla", "layers that share keys and values with others are not known");
        config.Ignore("cla_share_factor", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim");
        DenseFeedForward dense = Dense(config) with { Bias = config.Bool("mlp_bias", false) };
        if (config.ModelType == "hunyuan_v1_dense")
        {
            var layer = new LayerSpec { Mixer = attention, FeedForward = dense };
            return Model(config, _ => layer);
        }

        int layers = LayerCount(config);
        Func<int, int> experts = config.SizePerLayer("num_experts", layers, 1), topK = config.SizePerLayer("moe_topk", layers, 1);
        Func<int, int> width = config.SizePerLayer("moe_intermediate_size", layers, dense.Ffn);
        Func<int, int> shared = config.SizePerLayer("num_shared_expert", layers);
        bool beside = config.Bool("use_mixed_mlp_moe", true);
        int leading = config.Size("moe_layer_num_skipped");
        return Model(config, layer => new LayerSpec
        {
            Mixer = attention,
            FeedForward = layer <= leading || experts(layer) <= 1 ? dense : new MoeFeedForward
            {
                ExpertCount = experts(layer),
                TopK = topK(layer),
                Ffn = width(layer),
                SharedExperts = beside ? shared(layer) : 0,
                SharedFfn = beside ? checked(shared(layer) * dense.Ffn) : 0,
            },
        });
    }
}
