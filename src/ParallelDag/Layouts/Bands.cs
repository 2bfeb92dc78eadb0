using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>What comes before, in and after the layers of a stage.</summary>
internal enum Section
{
    Before,
    Layer,
    After,
}

/// <summary>Nodes that stand in one band: those of a layer, or those before or after the layers of a stage.</summary>
internal sealed class Segment
{
    public required Section Section { get; init; }

    /// <summary>The layer, the first one of a run of them; null outside the layers.</summary>
    public required int? Layer { get; init; }

    /// <summary>The layers of an overview block.</summary>
    public string? Layers { get; init; }

    /// <summary>The layers that the nodes belong to, as ranges; null outside the layers.</summary>
    public string? LayerRanges => Section != Section.Layer ? null : Layers ?? Layer?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The nodes in index order.</summary>
    public List<int> Nodes { get; } = [];

    /// <summary>The run that follows this segment and is folded into it.</summary>
    public FoldedLayers? Fold { get; set; }
}

/// <summary>Layers that are not drawn because they equal the one before them.</summary>
internal sealed record FoldedLayers(int First, int Last, int Like)
{
    public int Count => Last - First + 1;

    public string Name => First == Last ? Words.Invariant($"layer {First}")
        : Words.Invariant($"layers {First}-{Last}");

    public string LikeName => Words.Invariant($"layer {Like}");
}

/// <summary>The segments of a stage (and micro-batch), in the order in which they run.</summary>
internal sealed class StageGroup
{
    public required PhaseId? Phase { get; init; }

    public required int? Stage { get; init; }

    /// <summary>The micro-batch, or -1 where the DAG has only one.</summary>
    public required int MicroBatch { get; init; }

    public List<Segment> Segments { get; set; } = [];

    /// <summary>Groups that are not drawn because they equal this one but for their GPUs.</summary>
    public List<StageGroup> Alike { get; } = [];
}

/// <summary>
/// Sorts nodes into bands: phases, in them stages and micro-batches, in them what is before the layers, each layer, and what is after.
/// A node outside the layers is after them when it depends on one of its own stage. O(V + E), apart from sorting the distinct bands.
/// </summary>
internal static class Bands
{
    /// <summary>The stages with their segments, in drawing order.</summary>
    public static List<StageGroup> Group(Dag dag, bool[] visible, int[] order, int[] position)
    {
        bool microBatches = false;
        foreach (NodeScope scope in dag.ScopeTable)
            microBatches |= scope.MicroBatch > 0;
        bool[] after = FindAfter(dag, order, position);

        var groups = new SortedDictionary<(int Phase, int? Stage, int MicroBatch), StageGroup>();
        var segments = new Dictionary<(StageGroup Group, Section Section, int? Layer), Segment>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (!visible[node])
                continue;
            NodeScope scope = dag.ScopeOf(node);
            int microBatch = microBatches ? scope.MicroBatch : -1;
            var key = (1 + PhaseId.Number(scope.Phase), scope.Stage, microBatch);
            if (!groups.TryGetValue(key, out StageGroup? group))
            {
                group = new StageGroup { Phase = scope.Phase, Stage = scope.Stage, MicroBatch = microBatch };
                groups.Add(key, group);
            }

            int? layer = LayerOf(scope);
            Section section = layer is not null ? Section.Layer : after[node] ? Section.After : Section.Before;
            if (!segments.TryGetValue((group, section, layer), out Segment? segment))
            {
                segment = new Segment { Section = section, Layer = layer, Layers = scope.Layers };
                segments.Add((group, section, layer), segment);
                group.Segments.Add(segment);
            }

            segment.Nodes.Add(node);
        }

        foreach (StageGroup group in groups.Values)
            group.Segments = [.. group.Segments.OrderBy(segment => segment.Section).ThenBy(segment => segment.Layer)];
        return [.. groups.Values];
    }

    /// <summary>The layer of a scope; the first one of an overview block; null outside the layers.</summary>
    public static int? LayerOf(NodeScope scope)
    {
        if (scope.Layer is not null || scope.Layers is null)
            return scope.Layer;
        ReadOnlySpan<char> text = scope.Layers;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int first) ? first : null;
    }

    private static bool[] FindAfter(Dag dag, int[] order, int[] position)
    {
        bool[] after = new bool[dag.NodeCount];
        foreach (int node in order)
        {
            NodeScope scope = dag.ScopeOf(node);
            if (!after[node] && LayerOf(scope) is null)
                continue;
            foreach (int link in dag.Topology.Out(node))
            {
                if (Topology.Kind(link) == EdgeKind.Order)
                    continue; // It leads from the end of a stage to its beginning.
                int target = Topology.Node(link);
                NodeScope next = dag.ScopeOf(target);
                if (position[target] > position[node] && next.Phase == scope.Phase && next.Stage == scope.Stage && LayerOf(next) is null)
                    after[target] = true;
            }
        }

        return after;
    }
}
