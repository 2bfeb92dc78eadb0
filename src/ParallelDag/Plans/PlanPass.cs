using ParallelDag.Durations;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>
/// What a pass of a plan's phase takes, from the programs of its first micro-batch without a graph: exact integers, every step on its
/// slowest rank. Where ranks are alike the makespan is that of the simulated Device graph.
/// </summary>
public static class PlanPass
{
    /// <summary>The pass of a phase at other lengths than the plan's, or at the same.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its phases.</param>
    /// <param name="workload">Lengths of prompt and output.</param>
    /// <param name="streams">The streams of a GPU.</param>
    public static PassTimes Of(
        DeploymentPlan plan, PhaseLayout layout, WorkloadSpec workload, StreamAssignment streams = StreamAssignment.Four) =>
        Of(plan, layout, workload, layout.Passes[0], streams);

    /// <summary>One of the passes of a phase: a micro-batch, or a chunk of its prompts.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its phases.</param>
    /// <param name="workload">Lengths of prompt and output.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="streams">The streams of a GPU.</param>
    public static PassTimes Of(
        DeploymentPlan plan, PhaseLayout layout, WorkloadSpec workload, PhasePass pass, StreamAssignment streams = StreamAssignment.Four)
    {
        PhaseSections sections = workload == plan.Workload ? plan.Sections(layout, pass)
            : new PhaseSections(plan.Model, workload, layout.Phase, layout.Strategy, pass.Sequences, (pass.Start, pass.Length));
        double[] stages = [.. layout.Stages.Select(stage => StageSeconds(plan, layout, stage, sections, (pass.Ends, streams)))];
        ITensor message = sections.Context.Message;
        double[] sends = new double[stages.Length - 1];
        for (int stage = 0; stage < sends.Length; stage++)
        {
            int[] from = layout.StageGpus[stage], to = layout.StageGpus[stage + 1];
            for (int rank = 0; rank < from.Length; rank++)
            {
                GroupSpan span = plan.Cluster.SpanOf([from[rank], to[rank]]);
                NodeTime time = plan.TimeModel.Collective(CollectiveKind.SendRecv, span, message.LocalBytes(rank));
                sends[stage] = Math.Max(sends[stage], Simulation.Picoseconds.ToSeconds(time.Picoseconds));
            }
        }

        return new PassTimes(stages, sends);
    }

    /// <summary>All passes of a phase, in order; those of micro-batches that are alike are computed once.</summary>
    internal static PassTimes[] AllOf(
        DeploymentPlan plan, PhaseLayout layout, StreamAssignment streams = StreamAssignment.Four)
    {
        var known = new Dictionary<PhasePass, PassTimes>();
        var passes = new PassTimes[layout.Passes.Count];
        for (int index = 0; index < passes.Length; index++)
        {
            PhasePass pass = layout.Passes[index] with { MicroBatch = 0 };
            if (!known.TryGetValue(pass, out PassTimes? times))
                known.Add(pass, times = Of(plan, layout, plan.Workload, pass, streams));
            passes[index] = times;
        }

        return passes;
    }

    /// <summary>
    /// Seconds between two tokens of a sequence while micro-batches take turns: at the mean context, P + O/2, or where the output ends, at
    /// P + O. Null without decode.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="last">True for the last token.</param>
    /// <param name="streams">The streams of a GPU.</param>
    public static double? TokenSeconds(DeploymentPlan plan, bool last = false, StreamAssignment streams = StreamAssignment.Four)
    {
        if (plan.DecodeLayout is not PhaseLayout layout)
            return null;
        WorkloadSpec workload = plan.Workload;
        return Of(plan, layout, last ? workload : workload with { OutputLength = workload.OutputLength / 2 }, streams)
            .Interval(layout.Passes.Count);
    }

    private static double StageSeconds(
        DeploymentPlan plan, PhaseLayout layout, DagStage stage, PhaseSections sections, (bool Ends, StreamAssignment Streams) pass)
    {
        int[] gpus = layout.StageGpus[stage.Index - 1];
        return sections.OfStage(stage, pass.Ends)
            .Sum(part => part.Layers * SectionTimes.Seconds(part.Program, plan.TimeModel, gpus, pass.Streams));
    }
}
