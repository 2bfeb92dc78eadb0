using System.Management.Automation;
using ParallelDag.Checks;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>Writes a report of a DAG in Markdown.</summary>
[Cmdlet(VerbsData.Export, "DagReport", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagReportCommand : FileExportCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    private protected override bool Keeps(InputFile input) => false;

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = Given(nameof(Detail)) ? Detail : null;
        Export(source, FileNames.Of(source.Name) + "_report.md", "a report", file => Prepare(source, OpenDag(source, wanted), file));
    }

    private Action<OutputFiles, CancellationToken> Prepare(DagSource source, Dag dag, string file)
    {
        CheckReport report = Await($"Checking {dag.Name}", token => CheckRunner.Run(dag, cancellation: token));
        WriteVerbose($"{report}.");
        if (source.Plan is not DeploymentPlan plan)
            return (files, token) => files.Add(file, stream => ReportWriter.Write(dag, report, stream, cancellation: token));

        // With the plan at hand the report also tells parameters and times, and counts the simplified picture.
        Dag simplified = Await($"Generating {plan.Name}", token => source.Open(DetailLevel.Overview, PhaseFilter.All, token));
        return (files, token) => files.Add(file, stream =>
            ReportWriter.Write(dag, report, stream, PlanDescription.Of(plan), simplified, cancellation: token));
    }
}
