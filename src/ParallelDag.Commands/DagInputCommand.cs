using System.Management.Automation;

namespace ParallelDag.Commands;

/// <summary>A command whose first argument is the DAG, the plan or the file.</summary>
public abstract class DagInputCommand : DagFileCommand
{
    /// <summary>The DAG; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Alias("Dag", "Plan", "Graph")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public virtual DagInput?[]? InputObject { get; set; }

    private protected override DagInput?[]? Input => InputObject;
}
