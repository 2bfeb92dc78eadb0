using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// EXAONE 4: norms behind each part alone, QK norm a head; a window on the layers that <c>sliding_window_pattern</c> names L (LLLG), the
/// last layer is always full.
/// </summary>
internal sealed class Exaone4Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["exaone4"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention full = Attention(config) with { QkNorm = QkNormKind.PerHead };
        DenseFeedForward dense = Dense(config);
        LayerSpec Layer(GroupedAttention attention) =>
            new() { Style = LayerStyle.PostNorm, Mixer = attention, FeedForward = dense };
        LayerSpec global = Layer(full), local = Layer(full with { Window = config.Size("sliding_window") });
        Func<int, bool> isLocal = IsOfType(config, "sliding_attention", Pattern(config));
        return Model(config, layer => isLocal(layer) ? local : global);
    }

    private static Func<int, bool> Pattern(ConfigFields config)
    {
        const string Field = "sliding_window_pattern";
        int layers = LayerCount(config);
        if (!config.Has(Field))
            return _ => false;
        if (config.IsNumber(Field))
        {
            int interval = config.Int(Field);
            return layer => layer < layers && layer % interval != 0;
        }

        string pattern = config.Text(Field, "");
        if (pattern.Length == 0 || pattern.Any(letter => letter is not ('L' or 'G')))
            throw config.Fault(Field, "is a letter a layer, L (under the window) or G (full), such as LLLG");
        return layer => layer < layers && pattern[(layer - 1) % pattern.Length] == 'L';
    }
}
