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
    public static double Seconds(OperatorProgram program, TimeModel model, IReadOnlyList<int> stageGpus) =>
        new StepChain(program).Finish<long>([.. program.Steps.Select(step => OfStep(program, step, model, stageGpus).Picoseconds)]) * 1e-12;

    /// <summary>The time of a step on its slowest rank or group.</summary>
    public static NodeTime OfStep(OperatorProgram program, OperatorStep step, TimeModel model, IReadOnlyList<int> stageGpus)
    {
        NodeTime slowest = NodeTime.None;
        if (step.Collective == CollectiveKind.None)
        {
            foreach (int rank in program.Classes.Representatives)
            {
                double flops = (double)step.Flops(rank);
                slowest = Slower(slowest, model.Kernel(step.Kernel, step.Rate, flops, step.HbmBytes(rank), step.Extent(rank)));
            }

            return slowest;
        }

        foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
        {
            GroupSpan span = model.Cluster.SpanOf(group.Select(rank => stageGpus[rank]));
            slowest = Slower(slowest, model.Collective(step.Collective, span, SizeOf(step, group)));
        }

        return slowest;
    }

    /// <summary>S of a group; around a ring what one member passes.</summary>
    internal static double SizeOf(OperatorStep step, int[] group)
    {
        double size = step.Traffic!.Of(group).Size;
        return step.Collective == CollectiveKind.SendRecv ? size / group.Length : size;
    }

    private static NodeTime Slower(NodeTime left, NodeTime right) => right.Seconds > left.Seconds ? right : left;
}
