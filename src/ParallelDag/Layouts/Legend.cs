using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>What an entry of the legend shows a sample of.</summary>
public enum LegendSample
{
    /// <summary>A node: <see cref="LegendEntry.Node"/>.</summary>
    Node,

    /// <summary>An edge: <see cref="LegendEntry.Edge"/>.</summary>
    Edge,

    /// <summary>The red of what breaks a rule.</summary>
    Mark,

    /// <summary>Layers that are folded away.</summary>
    Fold,
}

/// <summary>One entry of the legend.</summary>
/// <param name="Sample">What it shows.</param>
/// <param name="Node">The kind of node, for <see cref="LegendSample.Node"/>.</param>
/// <param name="Edge">The kind of edge, for <see cref="LegendSample.Edge"/>.</param>
/// <param name="Text">What it says; set at the base line of the entry, to the right of the sample.</param>
public sealed record LegendEntry(LegendSample Sample, NodeKind Node, EdgeKind Edge, DrawnText Text);

/// <summary>The legend: only what occurs in the picture, in lines as wide as the picture.</summary>
internal static class Legend
{
    /// <summary>The width of a sample, at scale 1.</summary>
    public const double SampleWidth = 34;

    private const double TextSize = 12;

    private const double LineHeight = 22;

    private const double Gap = 16;

    /// <summary>Sets the entries from <paramref name="x"/>, <paramref name="y"/> on and returns the height they take.</summary>
    public static double Set(
        Dag dag, IEnumerable<int> nodes, ReadOnlySpan<Route> routes, IReadOnlyList<DrawingMark> marks, bool folds, double x, double y,
        double width, double scale, List<LegendEntry> entries)
    {
        bool[] nodeKinds = new bool[Enum.GetValues<NodeKind>().Length], edgeKinds = new bool[Enum.GetValues<EdgeKind>().Length];
        foreach (int node in nodes)
            nodeKinds[(int)dag.FactsOf(node).Kind] = true;
        foreach (ref readonly Route route in routes)
            edgeKinds[(int)route.Kind] = true;

        var items = new List<(LegendSample Sample, NodeKind Node, EdgeKind Edge, string Text)>();
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
        {
            if (nodeKinds[(int)kind])
                items.Add((LegendSample.Node, kind, default, kind.ToLegend()));
        }

        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
        {
            if (edgeKinds[(int)kind])
                items.Add((LegendSample.Edge, default, kind, kind.ToLegend()));
        }

        if (folds)
            items.Add((LegendSample.Fold, default, default, "not drawn: as what is named"));
        foreach (DrawingMark mark in marks)
            items.Add((LegendSample.Mark, default, default, mark.Reason));

        double size = TextSize * scale, sample = SampleWidth * scale, left = x, top = y;
        foreach ((LegendSample kind, NodeKind node, EdgeKind edge, string text) in items)
        {
            string shown = TextWrapping.Shorten(OneLine.Of(text), width - sample, size, bold: false);
            double needed = sample + FontMetrics.Width(shown, size);
            if (left > x && left + needed > x + width)
            {
                left = x;
                top += LineHeight * scale;
            }

            var set = new DrawnText(shown, left + sample, top + (15 * scale), size, Bold: false, TextAnchor.Start);
            entries.Add(new LegendEntry(kind, node, edge, set));
            left += needed + (Gap * scale);
        }

        return items.Count == 0 ? 0 : top + (LineHeight * scale) - y;
    }
}
