using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Lowering;

/// <summary>
/// A set of prefill instances hands its cache over to one of decode: per layer one KV Transfer (Device: per layer and receiving GPU) for
/// what receivers do not hold already. Where nothing moves, edges of kind <c>kv</c> join the two sides directly. Layers that keep nothing
/// have no hand-off.
/// </summary>
internal sealed class KvHandOff(HandedSets sets, DetailLevel detail, LoweringTables tables, PhaseLowering prefill)
{
    private readonly LayerReshards _reshards = new(sets);
    private readonly Dictionary<(int, int, int), List<TransferNode>> _transfers = [];
    private readonly int[] _firstTransfer = new int[sets.Plan.Model.Layers.Count + 1];

    /// <summary>Who hands over to whom.</summary>
    public HandedSets Sets => sets;

    /// <summary>Adds the transfers of a layer and the edges into them; call after the prefill nodes. A receiver that several sets of
    /// instances hand over to takes a layer of each before the next layer, as they make progress side by side.</summary>
    public void AddTransfers(int layer)
    {
        DagBuilder builder = tables.Builder;
        List<TransferNode> nodes = TransfersOf(layer);
        _firstTransfer[layer] = builder.NodeCount;
        if (nodes.Count == 0)
            return;
        int scope = builder.AddScope(new NodeScope { Phase = sets.Prefill.Id, Stage = sets.Prefill.StageOf(layer), Layer = layer });
        foreach (TransferNode node in nodes)
        {
            int transfer = builder.AddNode(node.Facts, scope, node.Gpus);
            var seen = new HashSet<int>();
            foreach (KvRoute route in node.Receivers.SelectMany(receiver => receiver.Routes))
            {
                OperatorStep writer = FlowOf(prefill, layer, route.Tensor).Writer;
                int source = prefill.NodeOf(writer, layer, route.PrefillPass, route.PrefillRank);
                if (!seen.Add(source))
                    continue;
                builder.AddEdge(source, transfer, EdgeKind.Kv);
                tables.AddEdgeBytes(
                    prefill.FactsOf(writer, layer, route.PrefillPass, route.PrefillRank), node.Facts, EdgeKind.Kv, route.MadeBytes);
            }
        }
    }

    /// <summary>Adds the edges to decode; call after the decode nodes.</summary>
    public void Deliver(PhaseLowering decode, CancellationToken cancellation)
    {
        for (int layer = 1; layer <= sets.Plan.Model.Layers.Count; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            List<TransferNode> nodes = TransfersOf(layer);
            var seen = new HashSet<(int, int)>();
            for (int i = 0; i < nodes.Count; i++)
            {
                foreach (KvReceiver receiver in nodes[i].Receivers)
                {
                    foreach (KvRoute route in receiver.Routes)
                        Join(_firstTransfer[layer] + i, nodes[i].Facts, route, receiver);
                }
            }

            foreach (KvReceiver receiver in _reshards[layer].Receivers.Where(receiver => receiver is { MovedBytes: 0, NeededBytes: > 0 }))
            {
                foreach (KvRoute route in receiver.Routes)
                {
                    OperatorStep writer = FlowOf(prefill, layer, route.Tensor).Writer;
                    Join(
                        prefill.NodeOf(writer, layer, route.PrefillPass, route.PrefillRank),
                        prefill.FactsOf(writer, layer, route.PrefillPass, route.PrefillRank),
                        route,
                        receiver);
                }
            }

            void Join(int source, int sourceFacts, KvRoute route, KvReceiver receiver)
            {
                OperatorStep reader = FlowOf(decode, layer, route.Tensor).Reader;
                int target = decode.NodeOf(reader, layer, route.DecodeMicroBatch, receiver.Rank);
                if (!seen.Add((source, target)))
                    return;
                tables.Builder.AddEdge(source, target, EdgeKind.Kv);
                tables.AddEdgeBytes(
                    sourceFacts, decode.FactsOf(reader, layer, route.DecodeMicroBatch, receiver.Rank), EdgeKind.Kv,
                    receiver.NeededOf(route.Tensor));
            }
        }
    }

    /// <summary>The steps between which a cached tensor of a layer lies.</summary>
    private static CacheFlow FlowOf(PhaseLowering phase, int layer, string tensor) =>
        phase.ProgramOf(layer).Caches.First(flow => flow.Tensors.Contains(tensor));

    /// <summary>What moves between the stages of a layer; the same for every layer of its kind between the two stages.</summary>
    private List<TransferNode> TransfersOf(int layer)
    {
        (int, int, int) key = _reshards.KeyOf(layer);
        if (!_transfers.TryGetValue(key, out List<TransferNode>? nodes))
        {
            var moving = _reshards[layer].Receivers.Where(receiver => receiver.MovedBytes > 0).ToList();
            nodes = detail == DetailLevel.Device ? [.. moving.Select(receiver => Transfer(layer, [receiver]))]
                : moving.Count > 0 ? [Transfer(layer, moving)] : [];
            _transfers.Add(key, nodes);
        }

        return nodes;
    }

    private TransferNode Transfer(int layer, IReadOnlyList<KvReceiver> receivers)
    {
        string shard = detail == DetailLevel.Device ? Words.Invariant($"g{receivers[0].Gpu}")
            : sets.Decode.Id.Set > 0 ? sets.Decode.Id.ToName() : "";
        NodeFacts facts = KvTransferNode.Describe(sets, layer, receivers, shard);
        var node = new TransferNode(tables.AddFacts(facts), tables.Builder.AddGpus(KvReshard.GpusOf(receivers)), receivers);
        if (receivers.Count > 1)
        {
            GroupSpan span = GroupSpans.Slowest(
                sets.Plan.GetTimeModel(), facts, receivers.Select(receiver => KvReshard.GpusOf([receiver]).ToArray()));
            tables.Builder.AddSpan(node.Facts, node.Gpus, span);
        }

        return node;
    }

    private sealed record TransferNode(int Facts, int Gpus, IReadOnlyList<KvReceiver> Receivers);
}
