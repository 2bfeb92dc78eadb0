using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command that holds plans or graphs against one of their kind.</summary>
public abstract class ReferenceCommand : DagReadingCommand
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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_reference is null && !_refused)
        {
            ForEachSource(Reference, source => _reference = Accept(source));
            _refused = _reference is null;
        }

        if (_reference is not null)
            ForEachSource(Difference, source => Process(_reference, Accept(source)));
    }

    /// <summary>The source where the command has a use for it.</summary>
    /// <exception cref="ParallelDag.Commands.Errors.ReportedException">It is of another kind.</exception>
    private protected virtual DagSource Accept(DagSource source) => source;

    /// <summary>Holds one against the other.</summary>
    private protected abstract void Process(DagSource reference, DagSource difference);
}
