using ParallelDag.Strategies;

namespace ParallelDag.Plans;

/// <summary>
/// How many sequences of the workload's lengths a phase can hold at once: the largest batch with which the phase, by itself on its GPUs,
/// fits their memory.
/// </summary>
internal static class SequenceRoom
{
    /// <summary>More GPUs than this are not searched: every step of the search lays memory out on each of them.</summary>
    public const int MostGpus = 4096;

    /// <summary>The largest batch; 0 when not even the smallest fits; null for more GPUs than are searched.</summary>
    public static int? Of(DeploymentPlan plan, PhaseLayout layout)
    {
        if (layout.RankGpus.Count > MostGpus)
            return null;
        int least = Least(plan, layout);
        if (!Fits(plan, layout, least))
            return 0;
        int fits = least, fails = least;
        while (fails == fits)
        {
            if (fits >= PlanValidator.MaxSize)
                return fits;
            int next = (int)Math.Min(2L * fits, PlanValidator.MaxSize);
            if (Fits(plan, layout, next))
                fits = fails = next;
            else
                fails = next;
        }

        while (fails - fits > 1)
        {
            int middle = fits + ((fails - fits) / 2);
            if (Fits(plan, layout, middle))
                fits = middle;
            else
                fails = middle;
        }

        return fits;
    }

    /// <summary>The smallest batch of which every GPU gets a part.</summary>
    private static int Least(DeploymentPlan plan, PhaseLayout layout)
    {
        PhaseStrategy strategy = layout.Strategy;
        long parts = (long)layout.Workload.MicroBatches * strategy.DataParts;
        if (layout.Phase == PhaseKind.Decode && strategy.AttentionOutput == AttentionOutput.ReduceScatter)
            parts *= strategy.Tp;
        return (int)Math.Min(parts, layout.Workload.Batch);
    }

    private static bool Fits(DeploymentPlan plan, PhaseLayout layout, int batch)
    {
        PhaseStrategy strategy = layout.Strategy with
        {
            Balance = false,
            Batch = batch,
            LayersPerStage = [.. layout.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1)],
        };
        if (PhasePass.ChunkLength(layout.Phase, strategy, plan.Workload) < 1)
            return false; // A pass takes a position of each sequence at least.
        var alone = DeploymentPlan.Resolve(plan.Spec with
        {
            Prefill = layout.Phase == PhaseKind.Prefill ? strategy : null,
            Decode = layout.Phase == PhaseKind.Decode ? strategy : null,
        });
        try
        {
            return MemoryPlan.Of(alone).All(memory => memory.Fits);
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
