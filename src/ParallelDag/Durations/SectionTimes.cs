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
        Chain(program, [.. program.Steps.Select(step => OfStep(program, step, model, stageGpus).Picoseconds)]) * 1e-12;

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
            double size = step.Traffic!.Of(group).Size;
            if (step.Collective == CollectiveKind.SendRecv)
                size /= group.Length;
            slowest = Slower(slowest, model.Collective(step.Collective, model.Cluster.SpanOf(group.Select(rank => stageGpus[rank])), size));
        }

        return slowest;
    }

    /// <summary>When the last step ends: each begins when its producers have ended and its stream is free.</summary>
    /// <param name="program">The section.</param>
    /// <param name="durations">The duration of each step, in picoseconds.</param>
    public static long Chain(OperatorProgram program, ReadOnlySpan<long> durations)
    {
        Span<long> finish = durations.Length <= 128 ? stackalloc long[durations.Length] : new long[durations.Length];
        long computing = 0, communicating = 0, last = 0;
        foreach (OperatorStep step in program.Steps)
        {
            bool communicates = step.Collective != CollectiveKind.None;
            long start = communicates ? communicating : computing;
            foreach (StepSource source in step.Sources)
            {
                if (source.Producer is not null)
                    start = Math.Max(start, finish[source.Producer.Index]);
            }

            long end = finish[step.Index] = start + durations[step.Index];
            if (communicates)
                communicating = end;
            else
                computing = end;
            last = Math.Max(last, end);
        }

        return last;
    }

    private static NodeTime Slower(NodeTime left, NodeTime right) => right.Seconds > left.Seconds ? right : left;
}
