using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;

namespace ParallelDag.Commands;

/// <summary>Makes one DAG of nodes and edges: parts of another DAG, or anybody's objects.</summary>
[Cmdlet(VerbsCommon.New, "ParallelDag")]
[OutputType(typeof(Dag))]
public sealed class NewParallelDagCommand : ParallelDagCommand
{
    private readonly List<PSObject> _items = [];

    /// <summary>Edges; what has no ends is a node.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Edge { get; set; }

    /// <summary>Nodes.</summary>
    [Parameter(Position = 1)]
    [AllowEmptyCollection]
    public object[]? Node { get; set; }

    /// <summary>The graph's name.</summary>
    [Parameter]
    public string? Name { get; set; }

    /// <summary>What of an object is the id of its node.</summary>
    [Parameter]
    public object? NodeId { get; set; }

    /// <summary>What of an object is the node that the edge leaves.</summary>
    [Parameter]
    public object? EdgeFrom { get; set; }

    /// <summary>What of an object is the node, or are the nodes, that the edge enters.</summary>
    [Parameter]
    public object? EdgeTo { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        _items.AddRange((Edge ?? []).OfType<object>().Select(PSObject.AsPSObject));

    /// <inheritdoc/>
    protected override void EndProcessing() => TryDo(null, ErrorRecords.PlanFault, () =>
    {
        PSObject[] nodes = [.. (Node ?? []).OfType<object>().Select(PSObject.AsPSObject)];
        if (_items.Count + nodes.Length == 0)
            throw new ReportedException(
                ErrorRecords.ArgumentFault("A graph needs nodes or edges; pipe them, or give -Edge and -Node.", null));
        WriteObject(PartOfDag([.. nodes, .. _items]) ?? OfObjects(nodes));
    });

    /// <summary>The part of a DAG that its own nodes and edges are; null where anything else came, or parts of several.</summary>
    private Dag? PartOfDag(IReadOnlyList<PSObject> items)
    {
        if (NodeId is not null || EdgeFrom is not null || EdgeTo is not null)
            return null;
        DagNode[] nodes = [.. items.Select(item => item.BaseObject).OfType<DagNode>()];
        DagEdge[] edges = [.. items.Select(item => item.BaseObject).OfType<DagEdge>()];
        Dag[] dags = [.. nodes.Select(node => node.GetDag()).Concat(edges.Select(edge => edge.GetDag())).Distinct()];
        if (nodes.Length + edges.Length != items.Count || dags.Length != 1)
            return null;
        return Await($"Copying {dags[0].Name}", token => Subgraph.Of(
            dags[0], nodes.Select(node => node.Index), edges.Length == 0 ? null : edges.Select(edge => edge.Index), Name, token));
    }

    private Dag OfObjects(PSObject[] nodes)
    {
        var graph = new ObjectGraph(
            Name ?? "graph", ObjectKey.Id(NodeId),
            ObjectKey.Of(EdgeFrom, "Source", "From", "Tail"), ObjectKey.Of(EdgeTo, "Target", "To", "Head"));
        foreach (PSObject node in nodes)
            graph.AddNode(node);
        foreach (PSObject item in _items)
            graph.Add(item);

        // Without places: those of the text in between would mean nothing to anybody.
        return Await($"Reading {Name ?? "objects"}", token =>
        {
            Dag dag = graph.Read(token);
            return Subgraph.Of(dag, Enumerable.Range(0, dag.NodeCount), cancellation: token);
        });
    }
}
