using ParallelDag.Meshes;

namespace ParallelDag;

/// <summary>The meshes of a strategy.</summary>
public static class StrategyMesh
{
    /// <summary>All ranks of the phase, in the strategy's order, its instances outermost. A folded ep is no axis of it.</summary>
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
        (Axis, int)[] axes = [(Axis.Etp, strategy.Etp), (Axis.Ep, strategy.Ep), (Axis.Edp, ExpertDataParallel(strategy))];
        return new DeviceMesh(strategy.Replicas == 1 ? axes : [.. axes, (Axis.Replica, strategy.Replicas)]);
    }

    /// <summary>
    /// A mesh of the strategy by the axes of its cache: where decode splits it by token, tp is dcp * htp, dcp innermost; else the mesh
    /// itself.
    /// </summary>
    public static DeviceMesh OfCache(PhaseStrategy strategy, DeviceMesh mesh) => strategy.KvParallel == 1
        ? mesh
        : new DeviceMesh([.. mesh.Axes.SelectMany(axis => axis == Axis.Tp
            ? new[] { (Axis.Dcp, strategy.KvParallel), (Axis.Htp, mesh.Degree(Axis.Tp) / strategy.KvParallel) }
            : [(axis, mesh.Degree(axis))])]);

    /// <summary>Folded: edp = dp*sp*tp / (ep*etp).</summary>
    public static int ExpertDataParallel(PhaseStrategy strategy) =>
        Math.Max(1, strategy.Dp * strategy.Sp * strategy.Tp / (strategy.Ep * strategy.Etp));

    /// <summary>
    /// The axes of a stage that a tensor-parallel group of <paramref name="degree"/> ranks spans, outer to inner: none for 1, tp, or tp
    /// with data-parallel axes (a dedicated ep, dp), the inner ones of the rank order first. Null for a degree that is none of these, or
    /// not given.
    /// </summary>
    public static IReadOnlyList<Axis>? TensorAxes(PhaseStrategy strategy, int? degree)
    {
        if (degree == 1 && strategy.Tp > 1)
            return [];
        List<Axis> axes = [Axis.Tp];
        int product = strategy.Tp;
        DeviceMesh stage = OfStage(strategy);
        foreach (Axis axis in stage.Axes)
        {
            if (product == degree)
                break;
            if (axis is not (Axis.Ep or Axis.Dp))
                continue;
            axes.Add(axis);
            product *= stage.Degree(axis);
        }

        return product == degree ? axes : null;
    }

    /// <summary>The degrees that <see cref="TensorAxes"/> takes, ascending.</summary>
    public static IReadOnlyList<int> TensorDegrees(PhaseStrategy strategy)
    {
        var degrees = new SortedSet<int> { 1, strategy.Tp };
        int product = strategy.Tp;
        DeviceMesh stage = OfStage(strategy);
        foreach (Axis axis in stage.Axes)
        {
            if (axis is Axis.Ep or Axis.Dp)
                degrees.Add(product *= stage.Degree(axis));
        }

        return [.. degrees];
    }

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

        if (strategy.Replicas > 1)
            yield return (Axis.Replica, strategy.Replicas);
    }
}
