using System.Management.Automation;
using System.Text;
using ParallelDag.Checks;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>Holds a DAG against the rules of docs/checks.md: one result per rule, or with -Quiet one boolean per input.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ParallelDag", DefaultParameterSetName = ByInput)]
[OutputType(typeof(CheckResult), typeof(bool), typeof(string))]
public sealed class TestParallelDagCommand : DagInputCommand
{
    // One text tells of all inputs.
    private readonly List<CheckReport> _reports = [];

    /// <summary>Rules, by identifier or pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleCompleter))]
    public string[]? Rule { get; set; }

    /// <summary>Return one boolean per input: true when no rule fails.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Objects, or one text over all inputs that other programs show.</summary>
    [Parameter]
    public CheckFormat Format { get; set; } = CheckFormat.Object;

    private protected override void Process(DagSource source)
    {
        string[] known = [.. CheckRule.All.Select(rule => rule.Id)];
        var patterns = new NamePatterns("rule", Rule, known);
        string[] chosen = [.. known.Where(patterns.Match)];
        if (chosen.Length == 0)
            throw new ReportedException(ErrorRecords.NameUnknown("rule", string.Join(", ", Rule!), known));
        Dag dag = OpenDag(source);
        CheckReport report = Await($"Checking {dag.Name}", token => CheckRunner.Run(dag, chosen, cancellation: token));
        WriteVerbose($"{report}.");
        if (Format != CheckFormat.Object)
            _reports.Add(report);
        else if (Quiet)
            WriteObject(report.Holds);
        else
            WriteObject(report.Results, enumerateCollection: true);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Format == CheckFormat.Object)
            return;
        using var stream = new MemoryStream();
        if (Format == CheckFormat.Sarif)
            SarifWriter.Write(_reports, stream);
        else
            JUnitWriter.Write(_reports, stream);
        WriteObject(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
