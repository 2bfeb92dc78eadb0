using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Plans;

namespace ParallelDag.Lowering;

/// <summary>
/// Prefill hands its KV cache over to decode: per layer one KV Transfer (Device: per layer and receiving GPU) for what receivers do not hold already.
/// Where nothing moves, edges of kind <c>kv</c> join the two sides directly.
/// </summary>
internal sealed class KvHandOff(DeploymentPlan plan, DetailLevel detail, LoweringTables tables, PhaseLowering prefill)
{
    private readonly Dictionary<(int, int), (KvReshard Reshard, List<TransferNode> Nodes)> _ofStages = [];
    private readonly int[] _firstTransfer = new int[plan.Model.Layers + 1];

    /// <summary>Adds the transfers and the edges into them; call after the prefill nodes.</summary>
    public void AddTransfers(CancellationToken cancellation)
    {
        DagBuilder builder = tables.Builder;
        for (int layer = 1; layer <= plan.Model.Layers; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            (_, List<TransferNode> nodes) = Between(layer);
            _firstTransfer[layer] = builder.NodeCount;
            if (nodes.Count == 0)
                continue;
            int scope = builder.AddScope(new NodeScope { Phase = PhaseKind.Prefill, Stage = plan.PrefillLayout!.StageOf(layer), Layer = layer });
            var sources = Sources(layer);
            foreach (TransferNode node in nodes)
            {
                int transfer = builder.AddNode(node.Facts, scope, node.Gpus);
                var seen = new HashSet<int>();
                foreach (KvRoute route in node.Receivers.SelectMany(receiver => receiver.Routes))
                {
                    int source = sources(route.PrefillMicroBatch, route.PrefillRank);
                    if (!seen.Add(source))
                        continue;
                    builder.AddEdge(source, transfer, EdgeKind.Kv);
                    int sourceFacts = prefill.FactsOf(Ops.QkvProjection, layer, route.PrefillMicroBatch, route.PrefillRank);
                    tables.AddEdgeBytes(sourceFacts, node.Facts, EdgeKind.Kv, route.Bytes);
                }
            }
        }
    }

    /// <summary>Adds the edges to decode; call after the decode nodes.</summary>
    public void Deliver(PhaseLowering decode, CancellationToken cancellation)
    {
        DagBuilder builder = tables.Builder;
        for (int layer = 1; layer <= plan.Model.Layers; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            (KvReshard reshard, List<TransferNode> nodes) = Between(layer);
            var sources = Sources(layer);
            var targets = Nodes(decode, Ops.Attention, layer);
            var seen = new HashSet<(int, int)>();
            for (int i = 0; i < nodes.Count; i++)
            {
                foreach (KvReceiver receiver in nodes[i].Receivers)
                {
                    foreach (KvRoute route in receiver.Routes)
                        Join(_firstTransfer[layer] + i, nodes[i].Facts, route, receiver);
                }
            }

            foreach (KvReceiver receiver in reshard.Receivers.Where(receiver => receiver.MovedBytes == 0))
            {
                foreach (KvRoute route in receiver.Routes)
                {
                    Join(
                        sources(route.PrefillMicroBatch, route.PrefillRank),
                        prefill.FactsOf(Ops.QkvProjection, layer, route.PrefillMicroBatch, route.PrefillRank),
                        route,
                        receiver);
                }
            }

            void Join(int source, int sourceFacts, KvRoute route, KvReceiver receiver)
            {
                int target = targets(route.DecodeMicroBatch, receiver.Rank);
                if (!seen.Add((source, target)))
                    return;
                builder.AddEdge(source, target, EdgeKind.Kv);
                tables.AddEdgeBytes(sourceFacts, decode.FactsOf(Ops.Attention, layer, route.DecodeMicroBatch, receiver.Rank), EdgeKind.Kv, receiver.NeededBytes);
            }
        }
    }

    private Func<int, int, int> Sources(int layer) => Nodes(prefill, Ops.QkvProjection, layer);

    private Func<int, int, int> Nodes(PhaseLowering phase, string op, int layer)
    {
        var perMicroBatch = Enumerable.Range(0, plan.Workload.MicroBatches).Select(microBatch => phase.NodesOf(op, layer, microBatch)).ToArray();
        return (microBatch, rank) => perMicroBatch[microBatch].Base + perMicroBatch[microBatch].NodeOfRank[rank];
    }

    /// <summary>What moves between the stages of a layer; the same for every layer of the two stages.</summary>
    private (KvReshard Reshard, List<TransferNode> Nodes) Between(int layer)
    {
        (int From, int To) stages = (plan.PrefillLayout!.StageOf(layer), plan.DecodeLayout!.StageOf(layer));
        if (!_ofStages.TryGetValue(stages, out var known))
        {
            var reshard = KvReshard.Between(plan, stages.From, stages.To);
            var moving = reshard.Receivers.Where(receiver => receiver.MovedBytes > 0).ToList();
            List<TransferNode> nodes = detail == DetailLevel.Device ? [.. moving.Select(receiver => Transfer([receiver]))]
                : moving.Count > 0 ? [Transfer(moving)] : [];
            _ofStages.Add(stages, known = (reshard, nodes));
        }

        return known;
    }

    private TransferNode Transfer(IReadOnlyList<KvReceiver> receivers)
    {
        string shard = detail == DetailLevel.Device ? string.Create(CultureInfo.InvariantCulture, $"g{receivers[0].Gpu}") : "";
        NodeFacts facts = KvTransferNode.Describe(plan, receivers, shard);
        return new TransferNode(tables.AddFacts(facts), tables.Builder.AddGpus(KvReshard.GpusOf(receivers)), receivers);
    }

    private sealed record TransferNode(int Facts, int Gpus, IReadOnlyList<KvReceiver> Receivers);
}
