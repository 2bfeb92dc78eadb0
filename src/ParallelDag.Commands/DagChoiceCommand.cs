using System.Management.Automation;

namespace ParallelDag.Commands;

/// <summary>A command whose first argument names nodes, and whose DAG comes from the pipeline, by <c>-InputObject</c> or from a
/// file.</summary>
public abstract class DagChoiceCommand : DagFileCommand
{
    /// <summary>The DAG, or nodes of it; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Alias("Dag", "Plan", "Graph", "Node")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? InputObject { get; set; }

    private protected override DagInput?[]? Input => InputObject;

    private protected override bool TakesNodes => true;
}
