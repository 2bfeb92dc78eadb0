using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Comparisons;
using ParallelDag.Renderings;
using ParallelDag.Reports;
using ParallelDag.Wording;

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

    /// <summary>A folder for the report and, of two plans, the map and the layer with what changed in colour.</summary>
    [Parameter]
    [Alias("OutputPath")]
    public string OutputFolder { get; set; } = "";

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
        if (OutputFolder.Length > 0)
            WriteFiles(reference, difference, comparison);
        if (AsMarkdown)
            WriteObject(ComparisonReport.Write(comparison));
        else if (AsComparison)
            WriteObject(comparison);
        else
            WriteObject(comparison.GetRows(), enumerateCollection: true);
    }

    private void WriteFiles(DagSource reference, DagSource difference, DagComparison comparison)
    {
        var target = new ExportTarget(this, OutputFolder, literal: true, force: false, noClobber: false);
        IReadOnlyList<string> names = ComparisonFiles.Names(comparison);
        string folder = target.PrepareFolder(names);
        if (!ShouldProcess(folder, $"Write {Words.Count(names.Count, "file")} of the comparison ({string.Join(", ", names)})"))
            return;
        Await($"Writing {folder}", token => target.Write(folder, files => ComparisonFiles.Write(comparison, files, folder, file =>
        {
            ExportTarget.RefuseInput(reference.Input?.Path, file);
            ExportTarget.RefuseInput(difference.Input?.Path, file);
        }, token), token));
    }
}
