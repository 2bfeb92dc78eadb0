using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// OPT: multi-head attention, a plain FFN, biases and LayerNorms with bias, learned positions (two more than the config says), tied.
/// </summary>
internal sealed class OptFamily : ModelFamily
{
    private const int PositionOffset = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["opt"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("hidden_size");
        if (config.Int("word_embed_proj_dim", hidden) != hidden)
            throw config.Fault("word_embed_proj_dim", "an embedding of another width than hidden_size is not known");
        if (!config.Bool("do_layer_norm_before", true))
            throw config.Fault("do_layer_norm_before", "norms behind the parts are not known");
        bool bias = config.Bool("enable_bias", true);
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias },
            FeedForward = new DenseFeedForward { Ffn = config.Int("ffn_dim"), Gated = false, Bias = bias },
        };
        ModelSpec model = Model(config, _ => layer, tied: true, NormKind.LayerBias);
        int positions = config.Int("max_position_embeddings", 2048) + PositionOffset;
        return model with { Vocabulary = model.Vocabulary with { LearnedPositions = positions } };
    }
}
