using System.Globalization;
using ParallelDag.Graphs;

namespace ParallelDag.Commands.Completion;

/// <summary>Operators: those of the graph at hand, else the whole vocabulary.</summary>
public sealed class OpCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
        (request.Input is Dag dag
            ? Ops.All.Intersect(dag.Nodes.Take(GraphCompletion.NodesLookedAt).Select(node => node.Op ?? ""))
            : Ops.All)
        .Select(op => new Offer(op, $"operator {op}"));
}

/// <summary>Kinds of nodes or, for Get-DagEdge, of edges.</summary>
public sealed class KindCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
        request.Command.EndsWith("Edge", StringComparison.OrdinalIgnoreCase)
            ? Enum.GetValues<EdgeKind>().Select(kind => new Offer(kind.ToName(), $"{kind.ToName()} edges"))
            : Enum.GetValues<NodeKind>().Select(kind => new Offer(kind.ToName(), $"{kind.ToName()} nodes"));
}

/// <summary>Ids of the nodes of the graph at hand.</summary>
public sealed class NodeIdCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
        request.Input is Dag dag
            ? dag.Nodes.Take(GraphCompletion.NodesLookedAt).Select(node => new Offer(node.Id, () => $"{node.Name}, GPUs {node.Gpus}"))
            : [];
}

/// <summary>Stages of the graph or plan at hand, with their layers and GPUs.</summary>
public sealed class StageCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) => request.Input switch
    {
        Dag dag => dag.Phases.SelectMany(phase => phase.Stages.Select(stage => (phase, stage)))
            .GroupBy(pair => pair.stage.Index)
            .Select(group =>
                new Offer(GraphCompletion.Number(group.Key), string.Join("; ", group.Select(pair => $"{pair.phase} {pair.stage}")))),
        DeploymentPlan plan => Enumerable.Range(1, plan.Phases.Max(layout => layout.Stages.Count))
            .Select(stage => new Offer(GraphCompletion.Number(stage), $"stage {stage}")),
        _ => [],
    };
}

/// <summary>Layers of the graph or plan at hand.</summary>
public sealed class LayerCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request)
    {
        int layers = request.Input switch
        {
            Dag dag => dag.Phases.SelectMany(phase => phase.Stages).Select(stage => stage.LastLayer).DefaultIfEmpty(0).Max(),
            DeploymentPlan plan => plan.Model.Layers.Count,
            _ => 0,
        };
        return Enumerable.Range(1, layers).Select(layer => new Offer(GraphCompletion.Number(layer), $"layer {layer}"));
    }
}

/// <summary>What graph completers share.</summary>
internal static class GraphCompletion
{
    /// <summary>A prompt must answer at once, whatever the size of the graph.</summary>
    public const int NodesLookedAt = 50_000;

    public static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
