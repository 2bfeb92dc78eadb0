using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Mixtral: every layer has <c>num_local_experts</c> experts of <c>intermediate_size</c>.</summary>
internal sealed class MixtralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mixtral"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { Window = config.OptionalInt("sliding_window") ?? 0 },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Int("num_local_experts"),
                TopK = config.OptionalInt("num_experts_per_tok") ?? 2,
                Ffn = config.Int("intermediate_size"),
            },
        };
        return Model(config, _ => layer);
    }
}
