using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Falcon: tied embeddings, plain FFN, LayerNorms with bias. Falcon-7B: one KV head, both parts beside each other behind one norm;
/// <c>new_decoder_architecture</c> (40B, 180B): <c>num_kv_heads</c> and a norm for each part.
/// </summary>
internal sealed class FalconFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["falcon"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("hidden_size"), heads = config.Count(config.NameOf("num_attention_heads", "n_head"));
        bool second = config.Bool("new_decoder_architecture", false), bias = config.Bool("bias", false);
        bool parallel = second || config.Bool("parallel_attn", true);
        int kvHeads = second ? config.Count(config.NameOf("num_kv_heads", "n_head_kv"), heads)
            : config.Bool("multi_query", true) ? 1 : heads;
        config.Ignore("parallel_attn", "multi_query", "num_kv_heads", "n_head_kv");
        RequireGroups(config, "num_kv_heads", heads, kvHeads);
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Style = !parallel ? LayerStyle.PreNorm
                : second && config.Int("num_ln_in_parallel_attn", 2) == 2 ? LayerStyle.ParallelTwoNorms : LayerStyle.Parallel,
            Mixer = new GroupedAttention
            {
                Heads = heads,
                KvHeads = kvHeads,
                HeadDim = config.Divide("hidden_size", hidden, "num_attention_heads", heads),
                QkvBias = bias,
                OutputBias = bias,
            },
            FeedForward = new DenseFeedForward
            {
                Ffn = config.Int("ffn_hidden_size", checked(4 * hidden)),
                Gated = false,
                Bias = bias,
            },
        };
        return Model(config, _ => layer, tied: true, NormKind.LayerBias, layers: config.NameOf("num_hidden_layers", "n_layer"));
    }
}
