using ParallelDag.Layers;
using ParallelDag.Wording;

namespace ParallelDag.Models.Families;

/// <summary>
/// Gemma 4: Gemma 3's layers; the global ones have a head width and KV heads of their own, and with <c>attention_k_eq_v</c> keys serve as
/// values. With <c>enable_moe_block</c> experts stand beside a dense FFN.
/// </summary>
internal sealed class Gemma4Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma4", "gemma4_unified"];

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
        NotePerLayerEmbeddings(config);
        if (config.Size("num_kv_shared_layers") > 0)
        {
            config.NotCounted(
                "num_kv_shared_layers", "layers that take keys and values of earlier ones are counted as if they had their own");
        }

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

    /// <summary>
    /// A table of L*p columns, its projection from the stream (h*L*p) and norm (p), and in each of L layers two matrices and a norm
    /// (2*h*p + h).
    /// </summary>
    private static void NotePerLayerEmbeddings(ConfigFields config)
    {
        long width = config.Size("hidden_size_per_layer_input"), hidden = config.Int("hidden_size"), layers = LayerCount(config);
        if (width == 0)
            return;
        Int128 elements = (((Int128)config.Int("vocab_size_per_layer_input", 262_144) + hidden) * layers * width) + width
            + (layers * hidden * ((2 * width) + 1));
        config.NotCounted(
            "hidden_size_per_layer_input", Words.Invariant($"per-layer embeddings, {elements:N0} parameters, are not counted"));
    }
}
