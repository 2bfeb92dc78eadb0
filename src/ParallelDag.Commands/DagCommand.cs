using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command whose pipeline carries DAGs, plans or the paths of their files.</summary>
public abstract class DagCommand : DagReadingCommand
{
    /// <summary>The DAG; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Dag", "Plan", "Graph")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachSource(InputObject, Process);

    /// <summary>Does the command's work on one input.</summary>
    private protected abstract void Process(DagSource source);
}
