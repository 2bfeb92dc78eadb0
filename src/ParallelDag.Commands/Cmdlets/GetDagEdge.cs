using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;

namespace ParallelDag.Commands;

/// <summary>
/// Returns the edges of a DAG, or of nodes, that pass every filter. A filter on operator, phase, stage, layer or GPU holds when either end
/// passes all of these.
/// </summary>
[Cmdlet(VerbsCommon.Get, "DagEdge", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagEdge))]
public sealed class GetDagEdgeCommand : DagFilterCommand
{
    // An edge between two nodes of the pipeline comes once.
    private readonly HashSet<DagEdge> _written = [];

    /// <summary>Ids of source nodes, by name or pattern.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Source { get; set; }

    /// <summary>Ids of target nodes, by name or pattern.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Target { get; set; }

    private protected override string[]? FirstArgument
    {
        get => Source;
        set => Source = value;
    }

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        var ops = new NamePatterns("operator", Op, Ops.All);
        var kinds = new NamePatterns("kind of edge", Kind, [.. Enum.GetValues<EdgeKind>().Select(kind => kind.ToName())]);
        var sources = new NamePatterns("node", Source, Source ?? []);
        var targets = new NamePatterns("node", Target, Target ?? []);
        NodePlace place = Place;
        IEnumerable<DagEdge> candidates = source.Node is DagNode node ? node.GetInEdges().Concat(node.GetOutEdges()) : dag.Edges;
        foreach (DagEdge edge in candidates)
        {
            StopToken.ThrowIfCancellationRequested();
            if (kinds.Match(edge.Kind.ToName())
                && (Passes(edge.GetSource()) || Passes(edge.GetTarget()))
                && (Source is null || sources.Match(edge.Source))
                && (Target is null || targets.Match(edge.Target))
                && (source.Node is null || _written.Add(edge)))
            {
                WriteObject(edge);
            }
        }

        bool Passes(DagNode end) => place.Holds(end) && ops.Match(end.Op);
    }
}
