namespace ParallelDag.Lowering;

/// <summary>Turns a plan into its DAG at a level of detail.</summary>
public static class DagGenerator
{
    /// <summary>Generates the DAG.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="detail">How finely.</param>
    /// <param name="phase">One phase only, or null for all of the plan.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Dag Generate(DeploymentPlan plan, DetailLevel detail = DetailLevel.Operator, PhaseKind? phase = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
}
