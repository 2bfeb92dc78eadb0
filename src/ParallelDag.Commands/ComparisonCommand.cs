using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Comparisons;
using ParallelDag.Reports;

namespace ParallelDag.Commands;

/// <summary>A command that holds plans or graphs against one of their kind.</summary>
public abstract class ComparisonCommand : DagReadingCommand
{
    private DagSource? _reference;
    private bool _refused;

    /// <summary>What is there: a plan, a DAG or the path of a file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateCount(1, 1)]
    [DagInputTransformation]
    public DagInput[] Reference { get; set; } = [];

    /// <summary>What may take its place: plans, DAGs or paths of files.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? Difference { get; set; }

    /// <summary>Return what both agree in too.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>Return one object for each pair, with its verdict and advice, in place of its differences.</summary>
    [Parameter]
    public SwitchParameter AsComparison { get; set; }

    /// <summary>Return Markdown for a pull request.</summary>
    [Parameter]
    public SwitchParameter AsMarkdown { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_reference is null && !_refused)
        {
            ForEachSource(Reference, source => _reference = Accept(source));
            _refused = _reference is null;
        }

        if (_reference is not null)
            ForEachSource(Difference, source => Compare(_reference, Accept(source)));
    }

    /// <summary>The source where the command has a use for it.</summary>
    /// <exception cref="ReportedException">It is of another kind.</exception>
    private protected virtual DagSource Accept(DagSource source) => source;

    private static Dag? GraphOf(DagSource source, CancellationToken cancellation) =>
        source.Plan is null ? source.Open(null, PhaseFilter.All, cancellation) : null;

    private void Compare(DagSource reference, DagSource difference)
    {
        DagComparison comparison = Await($"Comparing {reference.Name} and {difference.Name}", token =>
        {
            Dag? left = GraphOf(reference, token), right = GraphOf(difference, token);
            return DagComparer.Compare(
                ComparisonSubject.Of(reference.Plan, left, right?.Detail, token),
                ComparisonSubject.Of(difference.Plan, right, left?.Detail, token), IncludeEqual, token);
        });
        WriteVerbose($"{comparison.Summary} {comparison.Advice}".TrimEnd());
        if (AsMarkdown)
            WriteObject(ComparisonReport.Write(comparison));
        else if (AsComparison)
            WriteObject(comparison);
        else
            WriteObject(comparison.GetRows(), enumerateCollection: true);
    }
}
