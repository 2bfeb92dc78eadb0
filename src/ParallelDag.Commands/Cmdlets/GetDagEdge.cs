using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;

namespace ParallelDag.Commands;

/// <summary>Returns the edges of a DAG that pass every filter. A filter on operator, phase, stage, layer or GPU holds when either end passes all of these.</summary>
[Cmdlet(VerbsCommon.Get, "DagEdge")]
[OutputType(typeof(DagEdge))]
public sealed class GetDagEdgeCommand : DagFilterCommand
{
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

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        var ops = new NamePatterns("operator", Op, Ops.All);
        var kinds = new NamePatterns("kind of edge", Kind, [.. Enum.GetValues<EdgeKind>().Select(kind => kind.ToName())]);
        var sources = new NamePatterns("node", Source, Source ?? []);
        var targets = new NamePatterns("node", Target, Target ?? []);
        NodePlace place = Place;
        foreach (DagEdge edge in dag.Edges)
        {
            StopToken.ThrowIfCancellationRequested();
            if (kinds.Match(edge.Kind.ToName())
                && (Passes(edge.Source) || Passes(edge.Target))
                && (Source is null || sources.Match(edge.Source.Id))
                && (Target is null || targets.Match(edge.Target.Id)))
            {
                WriteObject(edge);
            }
        }

        bool Passes(DagNode node) => place.Holds(node) && ops.Match(node.Op);
    }
}
