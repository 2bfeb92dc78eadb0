using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>The facts of a KV Transfer node: what the receivers do not hold already is what moves; shapes are those of a holder and of the largest receiver.</summary>
internal static class KvTransferNode
{
    /// <summary>A transfer of one layer to the given receivers.</summary>
    public static NodeFacts Describe(DeploymentPlan plan, IReadOnlyList<KvReceiver> receivers, string shard)
    {
        PhaseContext prefill = plan.Context(plan.PrefillLayout!), decode = plan.Context(plan.DecodeLayout!);
        long bytes = receivers.Aggregate(0L, (sum, receiver) => checked(sum + receiver.MovedBytes));
        KvReceiver largest = receivers.MaxBy(receiver => receiver.NeededBytes)!;
        return new NodeFacts
        {
            Op = Ops.KvTransfer,
            Name = "KV Transfer",
            Kind = NodeKind.Communication,
            IdStem = Ops.KvTransfer,
            Shard = shard,
            Input = StepCells.Shapes(prefill.KeyValue, 0),
            Output = new TensorList([.. decode.KeyValue.Select(tensor => Delivered(tensor, largest.Rank, decode.PromptLength))]),
            InputPlacement = StepCells.Placements(prefill.KeyValue),
            OutputPlacement = StepCells.Placements(decode.KeyValue),
            Collective = CollectiveKind.SendRecv,
            GroupSize = KvReshard.GpusOf(receivers).Count,
            Groups = 1,
            Bytes = bytes,
            WireBytes = bytes,
            HbmBytes = largest.MovedBytes,
            Members = receivers.Count,
        };
    }

    /// <summary>The prompt's part of what a decode rank reads: all positions of its sequences and heads.</summary>
    private static NamedTensor Delivered(ShardedTensor tensor, int rank, long prompt) =>
        new(tensor.Name, new TensorShape([.. tensor.LocalShape(rank).Dimensions.Select(
            dimension => dimension.Name == "seq_len" ? new Dimension("seq_len", prompt) : dimension)]));
}
