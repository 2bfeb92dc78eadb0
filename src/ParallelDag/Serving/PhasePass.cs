using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>
/// What a pass of a plan's phase takes, from the programs of its first micro-batch without a graph: exact integers, every step on its
/// slowest rank. Where ranks are alike the makespan is that of the simulated Device graph.
/// </summary>
public static class PhasePass
{
    /// <summary>The pass of a phase at other lengths than the plan's, or at the same.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its phases.</param>
    /// <param name="workload">Lengths of prompt and output.</param>
    public static PassTimes Of(DeploymentPlan plan, PhaseLayout layout, WorkloadSpec workload)
    {
        int batch = BatchSplit.Size(layout.Workload, 0);
        var sections = new PhaseSections(plan.Model, workload, layout.Phase, layout.Strategy, batch);
        double[] stages = [.. layout.Stages.Select(stage => StageSeconds(plan, layout, stage, sections))];
        ITensor message = sections.Context.Stream;
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

    private static double StageSeconds(DeploymentPlan plan, PhaseLayout layout, DagStage stage, PhaseSections sections)
    {
        int[] gpus = layout.StageGpus[stage.Index - 1];
        double Seconds(OperatorProgram program) => SectionTimes.Seconds(program, plan.TimeModel, gpus);
        double seconds = stage.Index == 1 ? Seconds(sections.Entry) : 0;
        foreach (IGrouping<int, int> layers in Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)
            .GroupBy(layer => plan.Model.KindOfLayer[layer - 1]))
            seconds += layers.Count() * Seconds(sections.Kinds[layers.Key]);
        return stage.Index == layout.Stages.Count ? seconds + Seconds(sections.Exit) : seconds;
    }
}
