using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Phi-3.5-MoE: biases on attention and LM head, LayerNorms with bias, experts of <c>intermediate_size</c> in every layer.
/// </summary>
internal sealed class PhimoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phimoe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias, Window = config.Size("sliding_window") },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Count("num_local_experts", 16),
                TopK = config.Count("num_experts_per_tok", 2),
                Ffn = config.Int("intermediate_size"),
            },
        };
        ModelSpec model = Model(config, _ => layer, norm: NormKind.LayerBias);
        return model with { Vocabulary = model.Vocabulary with { HeadBias = config.Bool("lm_head_bias", false) } };
    }
}
