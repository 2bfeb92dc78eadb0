using ParallelDag.Checks;
using ParallelDag.Comparisons;
using ParallelDag.Exports;
using ParallelDag.Layouts;
using ParallelDag.Meshes;
using ParallelDag.Pictures;
using ParallelDag.Writers;

namespace ParallelDag.Renderings;

/// <summary>What pictures and pages show beyond the graph: what is wrong with it, and the pictures of its plan.</summary>
public static class PlanPage
{
    /// <summary>
    /// Adds to <paramref name="options"/> what a format shows of a graph and its plan; nothing for formats that show neither.
    /// </summary>
    /// <param name="format">The format.</param>
    /// <param name="dag">The graph.</param>
    /// <param name="plan">Its plan; null for a graph alone.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="beside">A second plan or graph for a page that shows both; null for none.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static ExportOptions Complete(
        GraphFormat format,
        Dag dag,
        DeploymentPlan? plan,
        ExportOptions options,
        (Dag Dag, DeploymentPlan? Plan)? beside = null,
        CancellationToken cancellation = default)
    {
        CheckReport? report = null;
        if (format.IsPicture && options.Drawing.Phase is null && options.Drawing.Marks is null)
        {
            report = CheckRunner.Run(dag, cancellation: cancellation);
            options = options with { Drawing = options.Drawing with { Marks = CheckMarks.Of(report) } };
        }

        if (!format.ShowsPlan)
            return options;
        PageContent content = Of(dag, plan, report, "", cancellation);
        if (beside is (Dag other, var otherPlan))
        {
            CheckReport otherReport = CheckRunner.Run(other, cancellation: cancellation);
            content = content with
            {
                Beside = new PagePartner(other, Of(other, otherPlan, otherReport, "b-", cancellation))
                {
                    Marks = CheckMarks.Of(otherReport),
                },
                Tables = [ChangeTable.Of(DagComparer.Compare(
                    ComparisonSubject.Of(plan, plan is null ? dag : null, other.Detail, cancellation),
                    ComparisonSubject.Of(otherPlan, otherPlan is null ? other : null, dag.Detail, cancellation),
                    cancellation: cancellation))],
            };
        }

        return options with { Page = content };
    }

    /// <summary>The pictures tell how the checks of the whole graph, operator by operator, came out.</summary>
    private static PageContent Of(Dag dag, DeploymentPlan? plan, CheckReport? report, string prefix, CancellationToken cancellation)
    {
        if (plan is null)
            return new PageContent { Checks = report };
        var subject = new PictureSubject(plan, dag.Detail == DetailLevel.Operator ? report : null, cancellation);
        return new PageContent
        {
            Pictures = PlanPictures.ForPage(subject, prefix),
            Groups = [.. plan.Phases.SelectMany(Groups)],
            Checks = subject.Report,
        };
    }

    private static IEnumerable<PageGroups> Groups(PhaseLayout layout) => layout.GroupAxes
        .Select(axis => new PageGroups(layout.Id, axis.ToName(), [.. layout.Groups(axis).Select(group => GpuSet.FromGpus(group))]))
        .Where(groups => groups.Groups.Count > 0);
}
