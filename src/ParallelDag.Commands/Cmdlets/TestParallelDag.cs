using System.Management.Automation;
using ParallelDag.Checks;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Holds a DAG against the rules PD001 to PD013: one result per rule, or with -Quiet one boolean per input.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ParallelDag", DefaultParameterSetName = ByInput)]
[OutputType(typeof(CheckResult), typeof(bool))]
public sealed class TestParallelDagCommand : DagFileCommand
{
    /// <summary>Rules, by identifier or pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleCompleter))]
    public string[]? Rule { get; set; }

    /// <summary>Return one boolean per input: true when no rule fails.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process(DagSource source)
    {
        string[] known = [.. CheckRule.All.Select(rule => rule.Id)];
        var patterns = new NamePatterns("rule", Rule, known);
        string[] chosen = [.. known.Where(patterns.Match)];
        if (chosen.Length == 0)
            throw new ReportedException(ErrorRecords.NameUnknown("rule", string.Join(", ", Rule!), known));
        Dag dag = OpenDag(source);
        CheckReport report = Await($"Checking {dag.Name}", token => CheckRunner.Run(dag, chosen, token));
        WriteVerbose($"{report}.");
        if (Quiet)
            WriteObject(report.Holds);
        else
            WriteObject(report.Results, enumerateCollection: true);
    }
}
