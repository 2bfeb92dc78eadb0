using ParallelDag.Meshes;

namespace ParallelDag;

/// <summary>The meshes of a strategy.</summary>
public static class StrategyMesh
{
    /// <summary>All ranks of the phase, in the strategy's order. A folded ep is no axis of it.</summary>
    public static DeviceMesh OfPhase(PhaseStrategy strategy) => new([.. AxesOf(strategy)]);

    /// <summary>The ranks of one stage: those that share a pp coordinate, in increasing order.</summary>
    public static DeviceMesh OfStage(PhaseStrategy strategy) => OfPhase(strategy).Without(Axis.Pp);

    /// <summary>
    /// The ranks of one stage by expert axes. Folded: etp + ETP*(ep + EP*edp), whatever the order of the attention axes.
    /// Dedicated: the stage mesh itself.
    /// </summary>
    public static DeviceMesh OfExperts(PhaseStrategy strategy)
    {
        if (strategy.ExpertParallel == ExpertParallelMode.Dedicated)
            return OfStage(strategy);
        return new DeviceMesh((Axis.Etp, strategy.Etp), (Axis.Ep, strategy.Ep), (Axis.Edp, ExpertDataParallel(strategy)));
    }

    /// <summary>Folded: edp = dp*sp*tp / (ep*etp).</summary>
    public static int ExpertDataParallel(PhaseStrategy strategy) => Math.Max(1, strategy.Dp * strategy.Sp * strategy.Tp / (strategy.Ep * strategy.Etp));

    private static IEnumerable<(Axis, int)> AxesOf(PhaseStrategy strategy)
    {
        foreach (string name in strategy.Order)
        {
            if (!Axes.TryParse(name, out Axis axis))
                throw new InputException($"'{name}' is no mesh axis");
            if (axis == Axis.Ep && strategy.ExpertParallel == ExpertParallelMode.Folded)
                continue;
            yield return (axis, axis switch
            {
                Axis.Tp => strategy.Tp,
                Axis.Sp => strategy.Sp,
                Axis.Ep => strategy.Ep,
                Axis.Dp => strategy.Dp,
                _ => strategy.Pp,
            });
        }
    }
}
