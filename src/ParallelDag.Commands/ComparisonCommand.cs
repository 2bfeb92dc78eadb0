using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Comparisons;
using ParallelDag.Pictures;
using ParallelDag.Renderings;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>A command that tells what differs between plans or graphs.</summary>
public abstract class ComparisonCommand : ReferenceCommand
{
    /// <summary>Return what both agree in too.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>Return one object for each pair, with its verdict and advice, in place of its differences.</summary>
    [Parameter]
    public SwitchParameter AsComparison { get; set; }

    /// <summary>Return Markdown for a pull request.</summary>
    [Parameter]
    public SwitchParameter AsMarkdown { get; set; }

    /// <summary>Return a picture of the other plan as SVG, what changed framed in colour.</summary>
    [Parameter]
    [ValidateSet(nameof(PictureKind.Map), nameof(PictureKind.Layer))]
    public PictureKind Picture { get; set; }

    private static Dag? GraphOf(DagSource source, CancellationToken cancellation) =>
        source.Plan is null ? source.Open(null, PhaseFilter.All, cancellation) : null;

    private protected override void Process(DagSource reference, DagSource difference)
    {
        DagComparison comparison = Await($"Comparing {reference.Name} and {difference.Name}", token =>
        {
            Dag? left = GraphOf(reference, token), right = GraphOf(difference, token);
            return DagComparer.Compare(
                ComparisonSubject.Of(reference.Plan, left, right?.Detail, token),
                ComparisonSubject.Of(difference.Plan, right, left?.Detail, token), IncludeEqual, token);
        });
        WriteVerbose($"{comparison.Summary} {comparison.Advice}".TrimEnd());
        if (Given(nameof(Picture)))
        {
            WriteObject(Await($"Drawing {difference.Name}", token => ComparisonFiles.Draw(comparison, Picture, token)));
            return;
        }

        if (AsMarkdown)
            WriteObject(ComparisonReport.Write(comparison));
        else if (AsComparison)
            WriteObject(comparison);
        else
            WriteObject(comparison.GetRows(), enumerateCollection: true);
    }
}
