using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Returns the nodes of a DAG that pass every filter, in order; or, of given nodes, what lies before or behind them.</summary>
[Cmdlet(VerbsCommon.Get, "DagNode", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagNode))]
public sealed class GetDagNodeCommand : DagFilterCommand
{
    // Where walks begin: they are made together at the end, so that no node comes twice.
    private readonly NodeCollection _starts = new();

    /// <summary>Node ids, by name or pattern.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Everything that the chosen nodes depend on.</summary>
    [Parameter]
    public SwitchParameter Upstream { get; set; }

    /// <summary>Everything that depends on the chosen nodes.</summary>
    [Parameter]
    public SwitchParameter Downstream { get; set; }

    /// <summary>What the chosen nodes read from.</summary>
    [Parameter]
    public SwitchParameter Predecessor { get; set; }

    /// <summary>What reads from the chosen nodes.</summary>
    [Parameter]
    public SwitchParameter Successor { get; set; }

    /// <summary>How many edges -Upstream and -Downstream follow at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Depth { get; set; } = int.MaxValue;

    private bool Walks => Upstream || Downstream || Predecessor || Successor;

    private protected override string[]? FirstArgument
    {
        get => Id;
        set => Id = value;
    }

    private protected override void Process(DagSource source)
    {
        Func<DagNode, bool> passes = Filter();
        Dag dag = OpenDag(source);
        if (Walks && source.Node is null && Id is null)
            throw new ReportedException(ErrorRecords.ArgumentFault("A walk needs nodes to begin with; give -Id, or pipe nodes.", dag.Name));
        foreach (DagNode node in Candidates(dag, source.Node, Id))
        {
            StopToken.ThrowIfCancellationRequested();
            if (Walks)
                _starts.Add(node);
            else if (passes(node))
                WriteObject(node);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach ((Dag dag, int[] starts) in _starts.ByDag)
        {
            TryDo(dag.Name, ErrorRecords.PlanFault, () =>
            {
                Func<DagNode, bool> passes = Filter();
                foreach (int index in Await($"Walking {dag.Name}", token => Walk(dag.Topology, starts, token)))
                {
                    if (passes(dag.Node(index)))
                        WriteObject(dag.Node(index));
                }
            });
        }
    }

    private SortedSet<int> Walk(Topology graph, int[] starts, CancellationToken cancellation)
    {
        var reached = new SortedSet<int>();
        if (Upstream || Predecessor)
            reached.UnionWith(Reachability.Upstream(graph, starts, Upstream ? Depth : 1, cancellation));
        if (Downstream || Successor)
            reached.UnionWith(Reachability.Downstream(graph, starts, Downstream ? Depth : 1, cancellation));
        reached.ExceptWith(starts);
        return reached;
    }

    private Func<DagNode, bool> Filter()
    {
        var ops = new NamePatterns("operator", Op, Ops.All);
        var kinds = new NamePatterns("kind of node", Kind, [.. Enum.GetValues<NodeKind>().Select(kind => kind.ToName())]);
        NodePlace place = Place;
        return node => place.Holds(node) && ops.Match(node.Op) && kinds.Match(node.Kind.ToName());
    }
}
