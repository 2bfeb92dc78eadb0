using ParallelDag.Graphs;

namespace ParallelDag.Comparisons;

/// <summary>
/// Compares two plans or graphs. Nodes are matched by what they stand for, never by text or id, so that another order of ranks is the same
/// work on other GPUs and not a thousand changes.
/// </summary>
public static class DagComparer
{
    /// <summary>Compares two plans, by the graphs that they generate, their times and their memory.</summary>
    public static DagComparison Compare(DeploymentPlan reference, DeploymentPlan difference, CancellationToken cancellation = default) =>
        Compare(new ComparisonSubject(reference, cancellation: cancellation), new ComparisonSubject(difference, cancellation: cancellation),
            cancellation: cancellation);

    /// <summary>Compares two graphs.</summary>
    public static DagComparison Compare(Dag reference, Dag difference, CancellationToken cancellation = default) =>
        Compare(new ComparisonSubject(reference, cancellation), new ComparisonSubject(difference, cancellation),
            cancellation: cancellation);

    /// <summary>
    /// Compares what may be a plan or a graph, and refuses graphs of two levels of detail. O(V + E) and the time of rules and simulations.
    /// </summary>
    /// <param name="reference">The one that is there.</param>
    /// <param name="difference">The one that may take its place.</param>
    /// <param name="includeEqual">True to list what agrees too.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The graphs are of two levels of detail.</exception>
    public static DagComparison Compare(
        ComparisonSubject reference, ComparisonSubject difference, bool includeEqual = false, CancellationToken cancellation = default)
    {
        if (reference.Dag.Detail != difference.Dag.Detail && reference.Dag.Phases.Count > 0 && difference.Dag.Phases.Count > 0)
        {
            throw new InputException($"{reference.Name} is drawn at {reference.Dag.Detail.ToName()} level and {difference.Name} at "
                + $"{difference.Dag.Detail.ToName()} level; export both with the same --detail, or compare their plans");
        }

        // What takes long is made for both sides at once.
        Parallel.ForEach([reference, difference], subject => _ = (subject.Dag, subject.Report, subject.Timing));
        cancellation.ThrowIfCancellationRequested();
        var rows = new DifferenceRows();
        HeadlineDifferences.AddFits(rows, reference, difference);
        HeadlineDifferences.AddRules(rows, reference, difference);
        HeadlineDifferences.AddTimes(rows, reference, difference);
        HeadlineDifferences.AddMemory(rows, reference, difference);
        CollectiveDifferences.Add(rows, reference.Dag, difference.Dag);
        NodeMatch match = NodeMatch.Of(reference.Dag, difference.Dag, cancellation);
        PlaceDifferences.AddRoles(rows, new GpuPlaces(match.Before, match.After));
        PlaceDifferences.AddExperts(rows, reference.Dag, difference.Dag);
        PlaceDifferences.AddLayers(rows, reference.Dag, difference.Dag);
        (bool same, bool moved) = OperatorDifferences.Add(rows, match);
        EdgeDifferences.Add(rows, match);
        SettingDifferences.Add(rows, reference, difference);
        bool edges = rows.Rows.Any(row => row.Aspect == DifferenceAspect.Edge);
        ComparisonVerdict verdict = rows.Rows.All(row => row.IsEqual) && !moved ? ComparisonVerdict.Equal
            : !same || (edges && !moved) ? ComparisonVerdict.Different
            : moved ? ComparisonVerdict.SameWork : ComparisonVerdict.SameGraph;
        return new DagComparison(reference, difference, verdict, includeEqual ? rows.Rows : [.. rows.Rows.Where(row => !row.IsEqual)]);
    }
}
