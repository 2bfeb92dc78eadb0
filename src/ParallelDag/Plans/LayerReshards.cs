namespace ParallelDag.Plans;

/// <summary>The hand-offs of all layers between two sets of instances: alike for layers of one kind between the same two stages.</summary>
internal sealed class LayerReshards(HandedSets sets)
{
    private readonly Dictionary<(int Kind, int From, int To), KvReshard> _known = [];

    /// <summary>What tells the hand-off of a layer (from 1) from others: its kind and its two stages.</summary>
    public (int Kind, int From, int To) KeyOf(int layer) =>
        (sets.Plan.Model.KindOfLayer[layer - 1], sets.Prefill.StageOf(layer), sets.Decode.StageOf(layer));

    /// <summary>The hand-off of a layer, from 1.</summary>
    public KvReshard this[int layer]
    {
        get
        {
            (int kind, int from, int to) = KeyOf(layer);
            if (!_known.TryGetValue((kind, from, to), out KvReshard? reshard))
                _known.Add((kind, from, to), reshard = KvReshard.Between(sets, sets.Plan.Model.LayerKinds[kind], from, to));
            return reshard;
        }
    }

    /// <summary>Who hands over to whom.</summary>
    public HandedSets Sets => sets;

    /// <summary>Every distinct hand-off of a plan with the number of layers that it serves.</summary>
    public static IEnumerable<(KvReshard Reshard, int Layers)> Of(DeploymentPlan plan) => HandedSets.Of(plan).SelectMany(pair =>
    {
        var reshards = new LayerReshards(pair);
        return Enumerable.Range(1, plan.Model.Layers.Count).GroupBy(reshards.KeyOf)
            .Select(layers => (reshards[layers.First()], layers.Count()));
    });
}
