using ParallelDag.Collectives;
using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>What would mend a movement of data, worded for whoever draws the graph: <c>add an All-to-All over GPUs 0,4,8,12</c>.</summary>
internal static class Remedy
{
    /// <summary>The communication that is missing between a producer and its consumer: the collective that their placements demand, in a
    /// drawing the exchange of tokens with experts, else a Send/Recv.</summary>
    public static string Between(Dag dag, int producer, int consumer)
    {
        GpuSet from = dag.GpusOf(producer) ?? GpuSet.Empty, to = dag.GpusOf(consumer) ?? GpuSet.Empty;
        CollectiveKind collective = Demanded(dag.FactsOf(producer), dag.FactsOf(consumer));
        return collective == CollectiveKind.None
            ? $"add a Send/Recv from {Words(from)} to {Words(to)}" : $"add {Article(collective)} over {Words(from.Union(to))}";
    }

    /// <summary>GPUs as a line names them: <c>GPU 3</c>, <c>GPUs 0-3</c>.</summary>
    public static string Words(GpuSet gpus) => (gpus.Count == 1 ? "GPU " : "GPUs ") + Inspection.OneLine(gpus.ToString());

    /// <summary>A collective with its article: <c>an All-Gather</c>.</summary>
    public static string Article(CollectiveKind collective) =>
        (collective is CollectiveKind.AllGather or CollectiveKind.AllReduce or CollectiveKind.AllToAll ? "an " : "a ") + collective.ToTitle(
            );

    private static bool IsExperts(NodeFacts facts) => OperatorText.Read(facts).HasFlag(DrawnParts.Experts);

    /// <summary>The collective of the first axis whose placement differs, by the table of redistributions; None where nothing
    /// tells.</summary>
    private static CollectiveKind Demanded(NodeFacts producer, NodeFacts consumer)
    {
        PlacedTensor[] outputs = PlacedTensor.OutputsOf(producer), inputs = PlacedTensor.InputsOf(consumer);
        if (outputs.Length == 0 || inputs.Length == 0 || outputs[0].Placement is not TensorPlacement before
            || inputs[0].Placement is not TensorPlacement after)
            return IsExperts(producer) || IsExperts(consumer) ? CollectiveKind.AllToAll : CollectiveKind.None;
        foreach ((Axis axis, Placement to) in after.Axes)
        {
            if (before[axis] is not Placement from || from == to || from == Placement.Replicate)
                continue;
            return to == Placement.Partial ? CollectiveKind.None
                : new RedistributionStep(Redistribution.Between(from, to), [axis], from, to).Collective;
        }

        return CollectiveKind.None;
    }
}
