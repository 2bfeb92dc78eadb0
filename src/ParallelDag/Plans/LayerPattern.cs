using ParallelDag.Documents;
using ParallelDag.Layers;

namespace ParallelDag.Plans;

/// <summary>
/// The <c>pattern</c> of a model section, which repeats over the layers: items such as <c>attention</c>, <c>local</c> (a name of
/// <c>mixers</c>),
/// <c>local/dense</c>, <c>none/moe</c>. A mixer alone keeps the usual feed-forward part; without a pattern every layer has attention.
/// </summary>
internal sealed class LayerPattern
{
    private readonly List<(Mixer? Mixer, FeedForward? FeedForward, bool Usual)> _items = [];

    public LayerPattern(PlanBinder section, Mixer attention, DenseFeedForward dense, MoeFeedForward? moe)
    {
        var mixers = new Dictionary<string, Mixer?> { ["attention"] = attention, ["none"] = null };
        var feedForwards = new Dictionary<string, FeedForward?> { ["dense"] = dense, ["none"] = null };
        if (moe is not null)
            feedForwards["moe"] = moe;
        if (section.Section("mixers") is PlanBinder named)
        {
            foreach (string name in named.Names())
                mixers[name] = named.Section(name) is PlanBinder mixer ? MixerBinder.Named(mixer, attention) : null;
        }

        if (section.Section("feedForwards") is PlanBinder parts)
        {
            foreach (string name in parts.Names())
                feedForwards[name] = parts.Section(name) is PlanBinder part ? FeedForwardBinder.Named(part, dense) : null;
        }

        IReadOnlyList<string>? items = section.List("pattern", (node, _) => node is DocumentScalar scalar ? scalar.Text : node.Describe());
        if (items is { Count: 0 })
            section.Fault("pattern", "model.pattern is empty; name a mixer for each layer that repeats");
        foreach (string item in items ?? ["attention"])
        {
            string[] halves = item.Split('/', 2, StringSplitOptions.TrimEntries);
            if (!mixers.TryGetValue(halves[0], out Mixer? mixer))
                section.Fault("pattern",
                    $"'{halves[0]}' is no mixer; known are {Known(mixers.Keys)}");
            FeedForward? feedForward = null;
            if (halves.Length == 2 && !feedForwards.TryGetValue(halves[1], out feedForward))
            {
                section.Fault(
                    "pattern",
                    $"'{halves[1]}' is no feed-forward part; known are {Known(feedForwards.Keys)}");
            }

            if (halves is ["none", "none"])
                section.Fault("pattern", "a layer of none/none does nothing; leave it out");
            _items.Add((mixer, feedForward, halves.Length == 1));
        }
    }

    /// <summary>The two parts of a layer, from 1.</summary>
    public (Mixer? Mixer, FeedForward? FeedForward) At(int layer, FeedForward usual)
    {
        if (_items.Count == 0)
            return (null, usual);
        (Mixer? mixer, FeedForward? feedForward, bool keepsUsual) = _items[(layer - 1) % _items.Count];
        return (mixer, keepsUsual ? usual : feedForward);
    }

    private static string Known(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));
}
