using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command whose first argument names nodes, and whose DAG comes from the pipeline, by <c>-InputObject</c> or from a
/// file.</summary>
public abstract class DagChoiceCommand : DagFileCommand
{
    /// <summary>The DAG, or nodes of it; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Alias("Dag", "Plan", "Graph", "Node")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? InputObject { get; set; }

    private protected override DagInput?[]? Input => InputObject;

    private protected override bool TakesNodes => true;

    /// <summary>The first argument, which names nodes where something was piped and else a file; null when it was not given.</summary>
    private protected abstract string[]? FirstArgument { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != ByInput || Given(nameof(InputObject)))
        {
            base.ProcessRecord();
            return;
        }

        // Nothing was piped: Get-DagNode ./graph.dot.
        if (FirstArgument is not [string file] || !IsFile(file))
        {
            WriteError(ErrorRecords.InputMissing(MyInvocation.MyCommand.Name));
            return;
        }

        FirstArgument = null;
        ForEachFile(file, literal: false, Process);
    }

    /// <summary>The node of that id.</summary>
    /// <exception cref="ReportedException">There is none.</exception>
    private protected static DagNode NodeOf(Dag dag, string id) =>
        dag.FindNode(id) ?? throw new ReportedException(ErrorRecords.NodeNotFound(id, dag));

    /// <summary>The nodes whose id was asked for: in the order of the ids where they are plain, of the graph where there is a
    /// pattern.</summary>
    private protected IEnumerable<DagNode> Candidates(Dag dag, DagNode? single, string[]? ids)
    {
        if (ids is null)
            return single is DagNode node ? [node] : dag.Nodes;
        if (single is not null || Array.Exists(ids, WildcardPattern.ContainsWildcardCharacters))
        {
            var patterns = new NamePatterns("node", ids, [.. ids]);
            return (single is DagNode only ? [only] : dag.Nodes).Where(node => patterns.Match(node.Id));
        }

        return Named(dag, ids);
    }

    private IEnumerable<DagNode> Named(Dag dag, string[] ids)
    {
        foreach (string id in ids)
        {
            if (dag.FindNode(id) is DagNode node)
                yield return node;
            else
                WriteError(ErrorRecords.NodeNotFound(id, dag));
        }
    }

    private bool IsFile(string path)
    {
        try
        {
            return InputPaths.Resolve(this, path, literal: false).TrueForAll(file => File.Exists(file.FullPath));
        }
        catch (ReportedException)
        {
            return false;
        }
    }
}
