using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Mistral, Ministral and the language model of Mistral-Small-3.1: GQA under a sliding window where there is one, gated FFN.
/// </summary>
internal sealed class MistralFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral", "ministral", "ministral3", "mistral3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention full = Attention(config);
        DenseFeedForward dense = Dense(config);
        LayerSpec global = new() { Mixer = full, FeedForward = dense };
        LayerSpec local = new() { Mixer = full with { Window = config.Size("sliding_window") }, FeedForward = dense };
        Func<int, bool> isFull = IsOfType(config, "full_attention", _ => false);
        return Model(config, layer => isFull(layer) ? global : local);
    }
}
