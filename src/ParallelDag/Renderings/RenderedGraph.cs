namespace ParallelDag.Renderings;

/// <summary>One of the graphs that a plan is drawn into.</summary>
/// <param name="What">Which one.</param>
/// <param name="Dag">The graph.</param>
internal sealed record RenderedGraph(RenderedGraph.Selection What, Dag Dag)
{
    /// <summary>
    /// The graphs of a plan: first the whole deployment graph, which is checked; where phases are split, each by itself too.
    /// </summary>
    public static IReadOnlyList<Selection> KindsOf(DeploymentPlan plan, bool splitPhases) =>
    [
        new("deployment", DetailLevel.Operator, null),
        new("simplified", DetailLevel.Overview, null),
        .. splitPhases ? plan.Phases.Select(layout => layout.Phase).Distinct()
            .Select(phase => new Selection(phase.ToName(), DetailLevel.Operator, phase)) : [],
    ];

    /// <summary>Which graph.</summary>
    /// <param name="Suffix">How its files are called behind the plan's name.</param>
    /// <param name="Detail">How finely it is drawn.</param>
    /// <param name="Phase">The phase that it shows; null: all.</param>
    public sealed record Selection(string Suffix, DetailLevel Detail, PhaseKind? Phase);
}
