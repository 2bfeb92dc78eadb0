using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>
/// The facts of a KV Transfer node: what the receivers do not hold already is what moves; shapes are those of a holder and of the largest
/// receiver.
/// </summary>
internal static class KvTransferNode
{
    /// <summary>A transfer of a layer (and of those alike) to the given receivers.</summary>
    public static NodeFacts Describe(HandedSets sets, int layer, IReadOnlyList<KvReceiver> receivers, string shard)
    {
        // Under a window the last chunks alone hand over.
        int pass = receivers.Min(receiver => receiver.Routes.Min(route => route.PrefillPass));
        PhaseContext prefill = sets.Plan.Context(sets.Prefill, pass), decode = sets.Plan.Context(sets.Decode);
        long bytes = receivers.Aggregate(0L, (sum, receiver) => checked(sum + receiver.MovedBytes));
        Mixer mixer = sets.Plan.Model.Layer(layer).Mixer!;
        ShardedTensor[] held = [.. mixer.Cache.Select(tensor => tensor.Of(prefill))],
        read = [.. mixer.Cache.Select(tensor => tensor.Of(decode))];
        KvReceiver largest = receivers.MaxBy(receiver => receiver.NeededBytes)!;
        return new NodeFacts
        {
            Op = Ops.KvTransfer,
            Name = "KV Transfer",
            Kind = NodeKind.Communication,
            IdStem = Ops.KvTransfer,
            Shard = shard,
            Input = StepCells.Shapes(held, 0),
            Output = new TensorList(
                [.. read.Select(tensor => Delivered(sets, tensor, largest.Rank, mixer.CachedPositions(decode.PromptLength)))]),
            InputPlacement = StepCells.Placements(held),
            OutputPlacement = StepCells.Placements(read),
            Collective = CollectiveKind.SendRecv,
            GroupSize = KvReshard.GpusOf(receivers).Count,
            Groups = 1,
            Bytes = bytes,
            WireBytes = bytes,
            HbmBytes = receivers.Max(receiver => receiver.MovedBytes),
            Members = receivers.Count,
        };
    }

    /// <summary>
    /// The prompt's part of what a decode rank reads: all positions and heads of the sequences that it gets, of the largest micro-batch.
    /// </summary>
    private static NamedTensor Delivered(HandedSets sets, ShardedTensor tensor, int rank, long positions)
    {
        PhaseContext context = sets.Plan.Context(sets.Decode);
        long sequences = Enumerable.Range(0, sets.Decode.Workload.MicroBatches)
            .Max(microBatch => sets.Received(sets.Plan.Context(sets.Decode, microBatch), microBatch, rank).Length);
        return new(tensor.Name, new TensorShape([.. tensor.LocalShape(rank).Dimensions.Select(dimension => dimension.Name switch
        {
            "batch_size" => new Dimension("batch_size", sequences),
            "seq_len" => new Dimension("seq_len", KvReshard.Interleaved(
                (sets.Plan.Workload.PromptLength - positions, positions), context.CacheMesh.Degree(Axis.Dcp),
                context.CacheMesh.Coordinate(rank, Axis.Dcp))),
            _ => dimension,
        })]));
    }
}
