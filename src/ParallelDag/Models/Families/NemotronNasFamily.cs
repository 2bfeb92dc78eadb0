using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Nemotron models found by architecture search (DeciLM): <c>block_configs</c> gives each layer its attention (none, or
/// <c>n_heads_in_group</c> query heads a KV head) and its FFN (none, or of width 2/3 of <c>ffn_mult</c>*hidden, rounded up to 256).
/// </summary>
internal sealed class NemotronNasFamily : ModelFamily
{
    private const int FfnMultiple = 256;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["nemotron-nas", "deci"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("hidden_size"), heads = config.Count("num_attention_heads");
        int headDim = config.OptionalInt("head_dim") ?? config.Divide("hidden_size", hidden, "num_attention_heads", heads);
        bool bias = config.Bool("attention_bias", false), ffnBias = config.Bool("mlp_bias", false);
        config.Ignore("num_key_value_heads", "intermediate_size");
        IReadOnlyList<ConfigFields> blocks = config.Sections("block_configs");
        config.RequireLayers("block_configs", blocks.Count, LayerCount(config));
        return Model(config, layer => new LayerSpec
        {
            Mixer = Part(blocks[layer - 1], "attention") is ConfigFields attention ? new GroupedAttention
            {
                Heads = heads,
                KvHeads = attention.Divide("num_attention_heads", heads, "n_heads_in_group", attention.Count("n_heads_in_group")),
                HeadDim = headDim,
                QkvBias = bias,
                OutputBias = bias,
                Window = attention.Size("window_length"),
            } : null,
            FeedForward = Part(blocks[layer - 1], "ffn") is ConfigFields ffn
                ? new DenseFeedForward { Ffn = Width(ffn, hidden), Bias = ffnBias } : null,
        });
    }

    /// <summary>A part of a block, or null for a no-op.</summary>
    private static ConfigFields? Part(ConfigFields block, string name)
    {
        ConfigFields part = block.Section(name) ?? throw block.Fault(name, "is missing; model_type nemotron-nas needs it");
        if (part.Bool("replace_with_linear", false))
            throw part.Fault("replace_with_linear", "a linear layer in place of the part is not known");
        return part.Bool("no_op", false) ? null : part;
    }

    private static int Width(ConfigFields ffn, int hidden)
    {
        if (ffn.OptionalInt("intermediate_size") is int width)
            return width;
        double exact = 2 * ffn.Number("ffn_mult") * hidden / 3;
        if (exact is < 1 or > 1 << 24)
            throw ffn.Fault("ffn_mult", "makes an FFN of a width that is out of range");
        return ((int)exact + FfnMultiple - 1) / FfnMultiple * FfnMultiple;
    }
}
