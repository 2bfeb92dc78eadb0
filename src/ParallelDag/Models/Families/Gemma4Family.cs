using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Gemma 4: Gemma 3's layers; the global ones have a head width and KV heads of their own, and with <c>attention_k_eq_v</c> keys serve as
/// values. With <c>enable_moe_block</c> experts stand beside a dense FFN.
/// </summary>
internal sealed class Gemma4Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma4"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false), shared = config.Bool("attention_k_eq_v", false);
        GroupedAttention local = Attention(config) with
        {
            QkNorm = QkNormKind.PerHead,
            QkvBias = bias,
            OutputBias = bias,
            Window = config.Size("sliding_window", 512),
        };
        int globalKvHeads = config.Count("num_global_key_value_heads", local.KvHeads);
        GroupedAttention full = local with
        {
            Window = 0,
            HeadDim = config.Int("global_head_dim", 512),
            KvHeads = shared ? globalKvHeads : local.KvHeads,
            SharedKeyValue = shared,
        };
        FeedForward feedForward = Dense(config);
        if (config.Bool("enable_moe_block", false))
            feedForward = Experts(config);
        else
            config.Ignore("num_experts", "top_k_experts", "moe_intermediate_size");
        Note(config, "hidden_size_per_layer_input", "per-layer embeddings are not counted");
        Note(
            config, "num_kv_shared_layers", "layers that take keys and values of earlier ones are counted as if they had their own");
        if (config.Bool("use_double_wide_mlp", false))
            config.NotCounted("use_double_wide_mlp", "the wider FFN of the last layers is counted as wide as the others");
        LayerSpec Layer(GroupedAttention attention) =>
            new() { Style = LayerStyle.SandwichNorm, Mixer = attention, FeedForward = feedForward };
        LayerSpec global = Layer(full), window = Layer(local);
        Func<int, bool> isFull = IsOfType(config, "full_attention", EveryNth(config, "sliding_window_pattern", 6));
        return Model(config, layer => isFull(layer) ? global : window, tied: true);
    }

    private static MoeFeedForward Experts(ConfigFields config) => new()
    {
        ExpertCount = config.Count("num_experts"),
        TopK = config.Count("top_k_experts"),
        Ffn = config.Int("moe_intermediate_size"),
        RouterScales = true,
        BranchNorms = true,
        Beside = Dense(config),
    };

    private static void Note(ConfigFields config, string field, string reason)
    {
        if (config.Size(field) > 0)
            config.NotCounted(field, reason);
    }
}
