using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Mixtral: Mistral with a mixture of experts in every layer, each expert of <c>intermediate_size</c>.</summary>
internal sealed class MixtralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mixtral"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { Window = config.Size("sliding_window") },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Count("num_local_experts"),
                TopK = config.Count("num_experts_per_tok", 2),
                Ffn = config.Int("intermediate_size"),
            },
        };
        return Model(config, _ => layer);
    }
}
