using ParallelDag.Formulas;
using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>The numbers of messages between stages and between phases.</summary>
internal static class MessageQuantities
{
    /// <summary>A message from each rank of a stage to its like in the next.</summary>
    public static IEnumerable<ExplainedQuantity> OfSend(DeploymentPlan plan, DagNode node)
    {
        PhaseLayout layout = plan.Layout(node.PhaseId!.Value)!;
        ShardedTensor message = plan.Sections(layout, node.MicroBatch).Context.Message;
        int[] gpus = layout.StageGpus[node.Stage!.Value - 1];
        int[] ranks = [.. Enumerable.Range(0, gpus.Length).Where(rank => node.Gpus!.Contains(gpus[rank]))];
        Term bytes = ((ITensor)message).Bytes<Term>(ranks[0]);
        yield return new ExplainedQuantity("S of a group", "B", node.Bytes ?? 0, [ExplainedTerm.Of("message", bytes)],
            $"the part of the stream that a rank holds; placed {message.Layout}", "vLLM, Megatron");
        yield return new ExplainedQuantity("bytes on the wire", "B", node.WireBytes, [ExplainedTerm.Of("message", bytes, ranks.Length)],
            "every rank sends its part to the rank with the same coordinates in the next stage", "vLLM, Megatron");
        yield return new ExplainedQuantity("bytes through the memory of a GPU", "B", node.HbmBytes,
            [ExplainedTerm.Of("read and written", Term.Of(2) * bytes)], "read by the sender, written by the receiver", "docs/semantics.md");
    }

    /// <summary>A layer's cache on its way from prefill to decode.</summary>
    public static IEnumerable<ExplainedQuantity> OfTransfer(DeploymentPlan plan, DagNode node)
    {
        DagNode[] reading = [.. node.GetSuccessors().Where(reader => reader.Phase == PhaseKind.Decode)];
        HandedSets sets = HandedSets.Of(plan).First(pair => pair.Prefill.Id == node.PhaseId
            && (reading.Length == 0 || pair.Decode.Id == reading[0].PhaseId));
        KvReshard reshard = new LayerReshards(sets)[node.Layer!.Value];
        HashSet<int> readers = [.. reading.SelectMany(reader => reader.Gpus!.AsEnumerable())];
        KvReceiver[] receivers = [.. reshard.Receivers.Where(receiver => receiver.MovedBytes > 0 && readers.Contains(receiver.Gpu))];
        ExplainedTerm[] terms = [.. receivers.SelectMany(receiver => receiver.Routes.Where(route => route.Gpu != receiver.Gpu)
            .GroupBy(route => route.Gpu).Select(route => ExplainedTerm.Of(Words.Invariant($"GPU {route.Key} to GPU {receiver.Gpu}"),
                Term.Of(route.Sum(part => part.Bytes), "bytes that only the other holds"))))];
        const string Convention = "what a receiver needs of the prompt's cache and does not hold; of copies it takes its own, else they "
            + "take turns";
        yield return new ExplainedQuantity("bytes on the wire", "B", node.WireBytes, terms, Convention, "docs/semantics.md");
        if (receivers.MaxBy(receiver => receiver.MovedBytes) is KvReceiver largest)
        {
            yield return new ExplainedQuantity("bytes through the memory of a GPU", "B", node.HbmBytes,
                [ExplainedTerm.Of(Words.Invariant($"to GPU {largest.Gpu}"), Term.Of(largest.MovedBytes, "bytes received"))],
                "what the GPU that receives most receives", "docs/semantics.md");
        }
    }
}
