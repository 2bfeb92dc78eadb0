using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// MiMo-V2-Flash: full layers and layers under a window (<c>hybrid_layer_pattern</c> 1) with heads of their own and sink logits, values
/// narrower than keys, experts with a score correction where <c>moe_layer_freq</c> is 1.
/// </summary>
internal sealed class MimoFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mimo_v2_flash"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention full = Attention(config) with { QkvBias = bias, Sinks = config.Bool("add_full_attention_sink_bias", false) };
        full = full with { ValueDim = config.Int("v_head_dim", full.HeadDim) };
        GroupedAttention local = full with
        {
            Heads = config.Count("swa_num_attention_heads", full.Heads),
            KvHeads = config.Count("swa_num_key_value_heads", full.KvHeads),
            HeadDim = config.Int("swa_head_dim", full.HeadDim),
            ValueDim = config.Int("swa_v_head_dim", full.ValueDim),
            Sinks = config.Bool("add_swa_attention_sink_bias", true),
            Window = config.Size(config.NameOf("sliding_window", "sliding_window_size"), 128),
        };
        int layers = LayerCount(config);
        (int groups, int limit) = NodeLimit(config);
        MoeFeedForward moe = ExpertsBesideShared(config, "n_routed_experts", "n_shared_experts") with
        {
            ScoreCorrection = config.Text("topk_method", "noaux_tc") == "noaux_tc",
            Groups = groups,
            GroupLimit = limit,
        };
        DenseFeedForward dense = Dense(config);
        Func<int, int> isLocal = config.SizePerLayer("hybrid_layer_pattern", layers);
        Func<int, int> isSparse = config.SizePerLayer("moe_layer_freq", layers, 1);
        return Model(config, layer => new LayerSpec
        {
            Mixer = isLocal(layer) == 1 ? local : full,
            FeedForward = isSparse(layer) == 1 ? moe : dense,
        });
    }
}
