using ParallelDag.Lowering;

namespace ParallelDag.Checks;

/// <summary>Holds a DAG against the rules. Rules read the graph and its header alone, never a plan.</summary>
public static class CheckRunner
{
    /// <summary>
    /// What a plan generates to be compared with <paramref name="dag"/>: at its detail, or, for a drawing, which tells none, the deployment
    /// picture.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="dag">The graph that must reflect it.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Dag GraphOf(DeploymentPlan plan, Dag dag, CancellationToken cancellation = default) =>
        DagGenerator.Generate(plan, dag.Phases.Count > 0 ? dag.Detail : DetailLevel.Operator, cancellation: cancellation);

    /// <summary>Runs the rules in the order of their identifiers. Each is near linear in nodes and edges.</summary>
    /// <param name="dag">The DAG, generated or read from a file.</param>
    /// <param name="ids">The rules wanted, in any order and case; null for all.</param>
    /// <param name="plan">The graph that a plan generates, to compare with (rule PD027); null where there is no plan to compare
    /// with.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">An id names no rule.</exception>
    public static CheckReport Run(
        Dag dag, IReadOnlyCollection<string>? ids = null, Dag? plan = null, CancellationToken cancellation = default) =>
        Run(dag, ids, plan, everywhere: false, cancellation);

    /// <summary>
    /// The same; looks at every section where <paramref name="everywhere"/> is true, also at those that are like another.
    /// </summary>
    internal static CheckReport Run(
        Dag dag, IReadOnlyCollection<string>? ids, Dag? plan, bool everywhere, CancellationToken cancellation = default)
    {
        foreach (string id in ids ?? [])
        {
            if (!CheckRule.All.Any(rule => Matches(rule, id)))
                throw new InputException(
                    $"there is no rule '{id}'; the rules are {string.Join(", ", CheckRule.All.Select(rule => rule.Id))}");
        }

        var results = new List<CheckResult>();
        var survey = new GraphSurvey(OperatorPart.Of(dag), cancellation) { Plan = plan };
        foreach (CheckRule rule in CheckRule.All)
        {
            if (ids is null ? (rule == PlanReflected.Rule && plan is null) || !rule.RunsWhere(dag) : !ids.Any(id => Matches(rule, id)))
                continue;
            cancellation.ThrowIfCancellationRequested();
            var inspection = new Inspection(rule, survey, everywhere, cancellation);
            CheckResult result = rule.Check(inspection);
            results.Add(inspection.MustLookEverywhere ? rule.Check(new Inspection(rule, survey, everywhere: true, cancellation)) : result);
        }

        return new CheckReport(dag.Name, results);

        static bool Matches(CheckRule rule, string id) => string.Equals(rule.Id, id, StringComparison.OrdinalIgnoreCase);
    }
}
