using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>One layer on one GPU, operator by operator: the layer that takes longest, in its first micro-batch.</summary>
internal sealed class LayerPanel
{
    private LayerPanel(string title, IReadOnlyList<LayerBar> bars)
    {
        Title = title;
        Bars = bars;
    }

    /// <summary>Which layer, on which GPU.</summary>
    public string Title { get; }

    /// <summary>Its operators in the order of time.</summary>
    public IReadOnlyList<LayerBar> Bars { get; }

    /// <summary>When the first began and the last ended, in picoseconds.</summary>
    public (long Start, long Finish) Span => (Bars.Min(bar => bar.Start), Bars.Max(bar => bar.Finish));

    /// <summary>The panel of a phase; null where nodes do not tell their layer.</summary>
    public static LayerPanel? Of(TimelinePanel phase)
    {
        SimulationResult result = phase.Result;
        Dag dag = result.GetDag();
        var spans = new SortedDictionary<int, (long Start, long Finish, int Stage)>();
        foreach (int node in Nodes(result))
        {
            NodeScope scope = dag.ScopeOf(node);
            (long start, long finish, _) = spans.GetValueOrDefault(scope.Layer!.Value, (long.MaxValue, 0, 0));
            spans[scope.Layer.Value] =
                (Math.Min(start, result.Run.StartOf(node)), Math.Max(finish, result.Run.FinishOf(node)), scope.Stage!.Value);
        }

        if (spans.Count == 0)
            return null;
        (int layer, (_, _, int stage)) = spans.MaxBy(span => span.Value.Finish - span.Value.Start);
        int gpu = dag.Phases.First(known => known.Phase == phase.Phase).Stages.First(known => known.Index == stage).Gpus.First;
        var links = new NodeLinks(dag);
        List<LayerBar> bars = [.. Nodes(result)
            .Where(node => dag.ScopeOf(node).Layer == layer && dag.GpusOf(node)!.Contains(gpu))
            .Select(node => new LayerBar(
                dag.FactsOf(node).Operator?.Title ?? dag.FactsOf(node).Name,
                ActivityStrip.ActivityOf(result, links, node),
                result.Run.StartOf(node),
                result.Run.FinishOf(node)))
            .OrderBy(bar => bar.Start)];
        string title =
            Wording.Words.Invariant($"Layer {layer} of {phase.Phase.ToName()} on GPU {gpu} (stage {stage}), operator by operator");
        return bars.Count == 0 ? null : new LayerPanel(title, bars);
    }

    private static IEnumerable<int> Nodes(SimulationResult result)
    {
        Dag dag = result.GetDag();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeScope scope = dag.ScopeOf(node);
            if (scope.Layer is not null && scope.Stage is not null && scope.MicroBatch == 0 && dag.GpusOf(node) is not null
                && result.Actions.Includes(node) && dag.FactsOf(node).Role is not (OperatorRole.Send or OperatorRole.CacheTransfer))
                yield return node;
        }
    }
}

/// <summary>An operator of a layer.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Activity">What the GPU does meanwhile.</param>
/// <param name="Start">In picoseconds.</param>
/// <param name="Finish">In picoseconds.</param>
internal sealed record LayerBar(string Name, Activity Activity, long Start, long Finish);
