using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;

namespace ParallelDag.Durations;

/// <summary>
/// The time of a section of a phase (entry, a layer, exit) without a graph: every step on its slowest rank or group, in the order and on
/// the two streams (computation, communication) that a GPU has. Where ranks are alike that is what a simulation of the Device graph
/// gives, to the last picosecond; where they differ it is no less, for ranks that are slow at different steps only wait for each other at
/// collectives.
/// </summary>
public static class SectionTimes
{
    /// <summary>Seconds of one pass through the section.</summary>
    /// <param name="program">The section.</param>
    /// <param name="model">The time model.</param>
    /// <param name="stageGpus">The GPU of each rank of the stage mesh, which decides what a group spans.</param>
    /// <param name="streams">The streams of a GPU.</param>
    public static double Seconds(
        OperatorProgram program, TimeModel model, IReadOnlyList<int> stageGpus, StreamAssignment streams = StreamAssignment.Four) =>
        new StepChain(program).Last<long>(
            [.. program.Steps.Select(step => OfStep(program, step, model, stageGpus).Picoseconds)],
            oneStream: streams == StreamAssignment.One) * 1e-12;

    /// <summary>The time of a step on its slowest rank or group.</summary>
    public static NodeTime OfStep(OperatorProgram program, OperatorStep step, TimeModel model, IReadOnlyList<int> stageGpus) =>
        step.Collective == CollectiveKind.None ? SlowestRank(program, step, model).Time
            : SlowestGroup(step, model, stageGpus).Time;

    /// <summary>The first rank on which a step that computes takes longest.</summary>
    internal static (NodeTime Time, int Rank) SlowestRank(OperatorProgram program, OperatorStep step, TimeModel model)
    {
        (NodeTime Time, int Rank) slowest = default;
        foreach (int rank in program.Classes.Representatives)
        {
            NodeTime time = model.Kernel(step.Kernel, step.Rate, (double)step.Flops(rank), step.HbmBytes(rank), step.Extent(rank));
            if (time.Seconds > slowest.Time.Seconds)
                slowest = (time, rank);
        }

        return slowest;
    }

    /// <summary>The first group for which a collective takes longest, and what it spans.</summary>
    internal static (NodeTime Time, GroupSpan Span, int[] Group) SlowestGroup(
        OperatorStep step, TimeModel model, IReadOnlyList<int> stageGpus)
    {
        (NodeTime Time, GroupSpan Span, int[] Group)? slowest = null;
        foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
        {
            GroupSpan span = SpanOf(step, group, model.Cluster, stageGpus);
            NodeTime time = model.Collective(step.Collective, span, SizeOf(step, group));
            if (slowest is null || time.Seconds > slowest.Value.Time.Seconds)
                slowest = (time, span, group);
        }

        return slowest!.Value;
    }

    /// <summary>What a group of a collective spans, and what of it crosses the network where that does not follow from S.</summary>
    /// <param name="step">The collective.</param>
    /// <param name="group">The ranks of the group.</param>
    /// <param name="cluster">Domains and nodes.</param>
    /// <param name="stageGpus">The GPU of each rank.</param>
    internal static GroupSpan SpanOf(OperatorStep step, IReadOnlyList<int> group, ClusterSpec cluster, IReadOnlyList<int> stageGpus)
    {
        GroupSpan span = cluster.SpanOf(group.Select(rank => stageGpus[rank]));
        return span.Level != LinkLevel.Network ? span
            : span with { NetworkBytes = step.Traffic!.NetworkBytesOfMember(group, rank => cluster.IslandOf(stageGpus[rank])) };
    }

    /// <summary>S of a group; around a ring what one member passes.</summary>
    internal static double SizeOf(OperatorStep step, int[] group)
    {
        double size = step.Traffic!.Of(group).Size;
        return step.Collective == CollectiveKind.SendRecv ? size / group.Length : size;
    }
}
