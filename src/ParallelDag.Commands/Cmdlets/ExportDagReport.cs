using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Checks;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>Writes a report of a DAG in Markdown.</summary>
[Cmdlet(VerbsData.Export, "DagReport", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagReportCommand : ExportDagCommand
{
    private protected override string Extension => ".md";

    private protected override string Product => "a report";

    private protected override string Suffix(DetailLevel detail) => "_report";

    private protected override Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source)
    {
        CheckReport report = Await($"Checking {dag.Name}", token => CheckRunner.Run(dag, cancellation: token));
        WriteVerbose($"{report}.");
        if (source.Plan is not DeploymentPlan plan)
            return (stream, token) => ReportWriter.Write(dag, report, stream, cancellation: token);

        // With the plan at hand the report also tells parameters and times, and counts the simplified picture.
        Dag simplified = Await($"Generating {plan.Name}", token => source.Open(DetailLevel.Overview, PhaseFilter.All, token));
        return (stream, token) => ReportWriter.Write(dag, report, stream, PlanDescription.Of(plan), simplified, cancellation: token);
    }
}
