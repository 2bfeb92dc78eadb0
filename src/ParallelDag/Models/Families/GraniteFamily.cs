using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Granite 3: Llama with scales on embedding, residual and logits; granitemoe has experts in every layer, granitemoeshared a shared one
/// too.
/// </summary>
internal sealed class GraniteFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["granite", "granitemoe", "granitemoeshared"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        int shared = config.ModelType == "granitemoeshared" ? config.Size("shared_intermediate_size") : 0;
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkvBias = bias, OutputBias = bias },
            FeedForward = config.ModelType == "granite" ? Dense(config) with { Bias = config.Bool("mlp_bias", false) } : new MoeFeedForward
            {
                ExpertCount = config.Count("num_local_experts"),
                TopK = config.Count("num_experts_per_tok"),
                Ffn = config.Int("intermediate_size"),
                SharedExperts = shared > 0 ? 1 : 0,
                SharedFfn = shared,
            },
        };
        return Model(config, _ => layer);
    }
}
