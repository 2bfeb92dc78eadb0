using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Mistral: Llama without biases; <c>sliding_window</c> where it is given.</summary>
internal sealed class MistralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        var layer = new LayerSpec { Mixer = Attention(config) with { Window = config.OptionalInt("sliding_window") ?? 0 },
            FeedForward = Dense(config) };
        return Model(config, _ => layer);
    }
}
