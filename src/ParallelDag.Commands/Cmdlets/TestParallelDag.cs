using System.Management.Automation;
using System.Text;
using ParallelDag.Chakra;
using ParallelDag.Checks;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>Holds a DAG against the rules of docs/checks.md: one result per rule, or with -Quiet one boolean per input.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ParallelDag", DefaultParameterSetName = ByInput)]
[OutputType(typeof(CheckResult), typeof(bool), typeof(string))]
public sealed class TestParallelDagCommand : DagInputCommand
{
    // One text tells of all inputs.
    private readonly List<CheckReport> _reports = [];
    private DeploymentPlan? _plan;
    private string? _groups;

    /// <summary>The DAG; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Alias("Dag", "Graph")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public override DagInput?[]? InputObject { get; set; }

    /// <summary>The plan that the DAGs must reflect, or its path; each difference is named (rule PD027).</summary>
    [Parameter]
    [ValidateCount(1, 1)]
    [DagInputTransformation]
    public DagInput[]? Plan { get; set; }

    /// <summary>Rules, by identifier or pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleCompleter))]
    public string[]? Rule { get; set; }

    /// <summary>The groups file of Chakra traces.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? GroupFile { get; set; }

    /// <summary>Count a rule that could not be checked as failed, in -Quiet and in the texts of -Format.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>Return one boolean per input: true when no rule fails.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Objects, or text that other programs show.</summary>
    [Parameter]
    public CheckFormat Format { get; set; } = CheckFormat.Object;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (GroupFile is not null)
            _groups = SessionState.Path.GetUnresolvedProviderPathFromPSPath(GroupFile);
        if (Plan is null)
            return;
        ForEachSource(Plan, source => _plan = source.Plan);
        if (_plan is null)
            ThrowTerminatingError(ErrorRecords.InputNotSupported(Plan[0].Original, "a plan (New-DeploymentPlan) or the path of one"));
    }

    private protected override DagSource OpenInput(InputFile input, CancellationToken cancellation) =>
        input.Path is string path && ChakraTraces.IsTrace(path) ? DagSource.OfTraces(input) : base.OpenInput(input, cancellation);

    private protected override void Process(DagSource source)
    {
        string[] known = [.. (source.IsTraces ? ChakraTraces.Rules : CheckRule.All).Select(rule => rule.Id)];
        var patterns = new NamePatterns("rule", Rule, known);
        string[] chosen = [.. known.Where(patterns.Match)];
        if (chosen.Length == 0)
            throw new ReportedException(ErrorRecords.NameUnknown("rule", string.Join(", ", Rule!), known));
        string[]? asked = Rule is null ? null : chosen;
        CheckReport report = source.IsTraces ? CheckTraces(source.Input!, asked) : CheckDag(OpenDag(source), asked);
        WriteVerbose($"{report}.");
        if (Format == CheckFormat.Json)
            WriteObject(CheckJsonWriter.ToText(report));
        else if (Format != CheckFormat.Object)
            _reports.Add(report);
        else if (Quiet)
            WriteObject(Strict ? report.HoldsStrictly : report.Holds);
        else
            WriteObject(report.Results, enumerateCollection: true);
    }

    private CheckReport CheckTraces(InputFile trace, string[]? rules) => Await($"Checking {trace.Name}", token =>
        ChakraTraces.Check(trace.Path!, _groups, rules, trace.Name, token));

    private CheckReport CheckDag(Dag dag, string[]? rules) => Await($"Checking {dag.Name}", token =>
        CheckRunner.Run(dag, rules, _plan is null ? null : CheckRunner.GraphOf(_plan, dag, token), token));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Format is CheckFormat.Object or CheckFormat.Json)
            return;
        using var stream = new MemoryStream();
        switch (Format)
        {
            case CheckFormat.Sarif:
                SarifWriter.Write(_reports, stream, Strict);
                break;
            case CheckFormat.JUnit:
                JUnitWriter.Write(_reports, stream, Strict);
                break;
            default:
                using (var lines = new StreamWriter(stream, leaveOpen: true))
                    AnnotationWriter.Write(_reports, lines, Strict);
                break;
        }

        WriteObject(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
