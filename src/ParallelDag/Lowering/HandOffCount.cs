using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag.Lowering;

/// <summary>How many nodes and edges <see cref="KvHandOff"/> will make between two sets of instances at Device level.</summary>
internal sealed class HandOffCount
{
    private readonly HandedSets _sets;
    private readonly Dictionary<OperatorStep, int[]> _cells = [];

    public HandOffCount(HandedSets sets)
    {
        _sets = sets;
        var reshards = new LayerReshards(sets);
        foreach (IGrouping<(int Kind, int From, int To), int> layers in Enumerable.Range(1, sets.Plan.Model.Layers.Count)
            .GroupBy(reshards.KeyOf))
        {
            (long nodes, long edges) = OfLayer(reshards[layers.First()], layers.Key.Kind);
            Nodes += (Int128)nodes * layers.Count();
            Edges += (Int128)edges * layers.Count();
        }
    }

    /// <summary>Transfers: one for every layer and every receiver of something that it does not hold.</summary>
    public Int128 Nodes { get; private set; }

    /// <summary>Edges into and out of the transfers, and those past them.</summary>
    public Int128 Edges { get; private set; }

    private (long Nodes, long Edges) OfLayer(KvReshard reshard, int kind)
    {
        long nodes = 0, edges = 0;
        IReadOnlyList<CacheFlow> prefill = _sets.Plan.Sections(_sets.Prefill).Kinds[kind].Caches,
            decode = _sets.Plan.Sections(_sets.Decode).Kinds[kind].Caches;
        var direct = new HashSet<((OperatorStep, int, int), (OperatorStep, int, int))>();
        foreach (KvReceiver receiver in reshard.Receivers)
        {
            if (receiver.MovedBytes > 0)
            {
                nodes++;
                edges += receiver.Routes.Select(Source).Distinct().Count()
                    + receiver.Routes.Select(route => Target(route, receiver)).Distinct().Count();
            }
            else if (receiver.NeededBytes > 0)
            {
                direct.UnionWith(receiver.Routes.Select(route => (Source(route), Target(route, receiver))));
            }
        }

        return (nodes, edges + direct.Count);

        (OperatorStep, int, int) Source(KvRoute route)
        {
            OperatorStep writer = FlowOf(prefill, route).Writer;
            return (writer, route.PrefillPass, CellsOf(writer)[route.PrefillRank]);
        }

        (OperatorStep, int, int) Target(KvRoute route, KvReceiver receiver)
        {
            OperatorStep reader = FlowOf(decode, route).Reader;
            return (reader, route.DecodeMicroBatch, CellsOf(reader)[receiver.Rank]);
        }
    }

    private static CacheFlow FlowOf(IReadOnlyList<CacheFlow> flows, KvRoute route) =>
        flows.First(flow => flow.Tensors.Contains(route.Tensor));

    private int[] CellsOf(OperatorStep step)
    {
        if (!_cells.TryGetValue(step, out int[]? cells))
            _cells.Add(step, cells = DeviceCells.Of(step).OfRanks());
        return cells;
    }
}
