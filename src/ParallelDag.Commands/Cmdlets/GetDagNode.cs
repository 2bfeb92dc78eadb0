using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;

namespace ParallelDag.Commands;

/// <summary>Returns the nodes of a DAG that pass every filter, in order.</summary>
[Cmdlet(VerbsCommon.Get, "DagNode")]
[OutputType(typeof(DagNode))]
public sealed class GetDagNodeCommand : DagFilterCommand
{
    /// <summary>Node ids, by name or pattern.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Id { get; set; }

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        var ops = new NamePatterns("operator", Op, Ops.All);
        var kinds = new NamePatterns("kind of node", Kind, [.. Enum.GetValues<NodeKind>().Select(kind => kind.ToName())]);
        NodePlace place = Place;
        foreach (DagNode node in Candidates(dag))
        {
            StopToken.ThrowIfCancellationRequested();
            if (place.Holds(node) && ops.Match(node.Op) && kinds.Match(node.Kind.ToName()))
                WriteObject(node);
        }
    }

    /// <summary>The nodes whose id was asked for: in the order of the ids where they are plain, of the graph where there is a pattern.</summary>
    private IEnumerable<DagNode> Candidates(Dag dag)
    {
        if (Id is null)
            return dag.Nodes;
        if (Array.Exists(Id, WildcardPattern.ContainsWildcardCharacters))
        {
            var patterns = new NamePatterns("node", Id, [.. Id]);
            return dag.Nodes.Where(node => patterns.Match(node.Id));
        }

        return Named(dag, Id);
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
}
