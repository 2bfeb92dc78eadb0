using System.Runtime.InteropServices;
using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// Puts the parts together: rows get their y from the heights of channels, columns their x from the widths of gutters, the title, the
/// legend and the headings of phases go on top, and everything becomes coordinates of one <see cref="Drawing"/>.
/// </summary>
internal sealed class Composition(
    Dag dag,
    List<Column> columns,
    Row[] rowOf,
    Lanes lanes,
    Routing routing,
    IReadOnlyList<DrawingMark> marks,
    int[] nodeMarks,
    List<FoldedRun> runs)
{
    private const double Margin = 24;

    private const double ColumnGap = 14;

    private const double PhaseGap = 44;

    private const double PhasePadding = 12;

    private readonly List<DrawnBand> _bands = [];
    private readonly List<LegendEntry> _legend = [];
    private readonly List<List<DrawnText>> _shelfHeadings = [];
    private double[] _highwayTops = [];

    /// <summary>Composes the drawing.</summary>
    public Drawing Compose()
    {
        // Downwards from the first highway, which begins at 0; what stands above it is as high as its words, which depend on the width.
        routing.LayChannels();
        double bottom = PlaceShelves();
        routing.LayGutters(_highwayTops);
        double right = PlaceColumns();
        bool phases = columns.Exists(column => column.Phase is not null);
        double width = Math.Max(640, right + (phases ? PhasePadding : 0) + Margin);
        double scale = Math.Clamp(width / 1600, 1, 5);
        double legend = Legend.Set(dag, Drawn(), routing.Routes, marks, runs.Count > 0, Margin, 0, width - (2 * Margin), scale, _legend);
        double header = (36 * scale) + legend + 16;
        double shift = header + (phases && !HasShelves ? 40 * scale : 8);

        if (HasShelves)
            AddShelfBands(shift);
        else
            AddPhaseBands(header, shift, bottom, scale);
        AddStageBands(shift);
        AddLayerBands(shift);
        DrawnNode[] nodes = DrawNodes(shift);
        DrawnEdge[] edges = DrawEdges(shift, out double[] points);
        return new Drawing(dag, [.. _bands], nodes, edges, points)
        {
            Width = Math.Ceiling(width),
            Height = Math.Ceiling(shift + bottom + PhasePadding + Margin),
            HeadingScale = scale,
            HeaderHeight = header,
            Title = new DrawnText(TextWrapping.Shorten(OneLine.Of(TitleText()), width - (2 * Margin), 20 * scale, bold: true), Margin,
                28 * scale, 20 * scale, Bold: true, TextAnchor.Start),
            Legend = [.. _legend.Select(entry => entry with { Text = entry.Text with { Y = entry.Text.Y + (36 * scale) } })],
            FoldedRuns = runs,
            Marks = marks,
        };
    }

    private string TitleText() => $"{dag.Name}: {(dag.Detail switch
    {
        DetailLevel.Overview => "simplified deployment",
        DetailLevel.Operator => "deployment, operator by operator",
        _ => "deployment, GPU by GPU",
    })}";

    private IEnumerable<int> Drawn()
    {
        for (int node = 0; node < rowOf.Length; node++)
        {
            if (rowOf[node] is not null)
                yield return node;
        }
    }

    private bool HasShelves => columns[^1].Shelf > 0;

    // Shelf below shelf: its highway, the heading of its phase where it has one to itself, its columns. Returns the lower end.
    private double PlaceShelves()
    {
        var headings = new Headings(dag);
        double y = 0;
        _highwayTops = new double[columns[^1].Shelf + 1];
        foreach (IGrouping<int, Column> shelf in columns.GroupBy(column => column.Shelf))
        {
            _highwayTops[shelf.Key] = y;
            y += routing.HighwayHeights[shelf.Key];
            var heading = new List<DrawnText>();
            if (HasShelves && shelf.First().Phase is PhaseId phase)
                y += PhasePadding + headings.ForShelf(phase, shelf.First().LanesWidth, heading);
            _shelfHeadings.Add(heading);
            double bottom = 0;
            foreach (Column column in shelf)
            {
                PlaceRows(column, y);
                bottom = Math.Max(bottom, column.Bottom);
            }

            y = bottom + (2 * PhasePadding);
        }

        return y - (2 * PhasePadding);
    }

    private void PlaceRows(Column column, double y)
    {
        foreach (Row row in column.Rows)
        {
            row.Y = y + routing.ChannelAbove(row);
            y = row.Y + row.Height;
        }

        column.Bottom = y + routing.ChannelBelow(column.Rows[^1]);
    }

    private double PlaceColumns()
    {
        double x = 0, right = 0;
        foreach (Column column in columns)
        {
            if (column.Place == 0)
                x = Margin + (column.Phase is null ? 0 : PhasePadding);
            else
                x += column.Phase == columns[column.Index - 1].Phase ? ColumnGap : PhaseGap;
            column.X = x;
            column.StripWidth = column.Rows.Exists(HasStrip) ? Headings.StripWidth : 0;
            x += column.Width;
            right = Math.Max(right, x);
        }

        return right;
    }

    private void AddShelfBands(double shift)
    {
        foreach (IGrouping<int, Column> shelf in columns.GroupBy(column => column.Shelf))
        {
            Column first = shelf.First(), last = shelf.Last();
            if (first.Phase is not PhaseId kind)
                continue;
            double left = first.X - PhasePadding, top = _highwayTops[shelf.Key] + routing.HighwayHeights[shelf.Key];
            double bottom = shelf.Max(column => column.Bottom) + PhasePadding;
            List<DrawnText> heading = Moved(_shelfHeadings[shelf.Key], first.LanesX + (Lanes.Gap / 2), top + shift + PhasePadding);
            _bands.Add(new DrawnBand(BandKind.Phase, kind, OrdinalOf(kind), left, top + shift, last.X + last.Width + PhasePadding - left,
                bottom - top, heading));
        }
    }

    public static int OrdinalOf(PhaseId phase) => (int)phase.Kind + (2 * phase.Set);

    private static bool HasStrip(Row row) => row is { Kind: RowKind.Nodes, Segment: { Section: Section.Layer, Layers: null } };

    private void AddPhaseBands(double header, double shift, double bottom, double scale)
    {
        var headings = new Headings(dag);
        foreach (IGrouping<PhaseId?, Column> phase in columns.GroupBy(column => column.Phase))
        {
            if (phase.Key is not PhaseId kind)
                continue;
            double left = phase.First().X - PhasePadding, right = phase.Last().X + phase.Last().Width + PhasePadding;
            (string name, string details) = headings.ForPhase(kind);
            double large = 24 * scale, small = 15 * scale, x = left + PhasePadding, baseLine = header + (30 * scale);
            double room = right - left - (2 * PhasePadding);
            var title = new DrawnText(TextWrapping.Shorten(name, room, large, bold: true), x, baseLine, large, Bold: true,
                TextAnchor.Start);
            double after = title.Width + (14 * scale);
            string rest = TextWrapping.Shorten(details, room - after, small, bold: false);
            List<DrawnText> heading = rest.Length == 0
                ? [title]
                : [title, new DrawnText(rest, x + after, baseLine, small, Bold: false, TextAnchor.Start)];
            _bands.Add(new DrawnBand(BandKind.Phase, kind, OrdinalOf(kind), left, header, right - left,
                shift + bottom + PhasePadding - header, heading));
        }
    }

    private void AddStageBands(double shift)
    {
        int ordinal = 0;
        foreach (Column column in columns)
        {
            foreach ((int first, int last) in Runs(column, row => row.Group))
            {
                Row top = column.Rows[first], end = column.Rows[last];
                if (top.Group.Stage is null && top.Group.MicroBatch < 0)
                    continue;
                double y = top.Y - (first == 0 ? routing.ChannelAbove(top) - 2 : routing.ChannelAbove(top) / 2);
                double bottom = end.Y + end.Height
                    + (last == column.Rows.Count - 1 ? routing.ChannelBelow(end) : (routing.ChannelBelow(end) / 2) - 4);
                IReadOnlyList<DrawnText> heading = top.Kind == RowKind.Heading
                    ? Moved(top.Heading, column.LanesX + (Lanes.Gap / 2), top.Y + shift)
                    : [];
                _bands.Add(new DrawnBand(BandKind.Stage, top.Group.Phase, ordinal++, column.X, y + shift, column.Width, bottom - y,
                    heading));
            }
        }
    }

    private void AddLayerBands(double shift)
    {
        int ordinal = 0;
        foreach (Column column in columns)
        {
            foreach ((int first, int last) in Runs(column, row => row.Segment))
            {
                Row top = column.Rows[first];
                if (top.Segment is not { Section: Section.Layer, Layer: int layer } segment)
                    continue;
                int lastNodes = column.Rows[last].Kind == RowKind.Fold ? last - 1 : last;
                Row end = column.Rows[lastNodes];
                double y = top.Y - (routing.ChannelAbove(top) / 2);
                double bottom = end.Y + end.Height + (routing.ChannelBelow(end) / 2);
                IReadOnlyList<DrawnText> heading = segment.Layers is null ? Headings.ForLayer(layer, column.X, top.Y + shift, top.Height)
                    : top.Kind == RowKind.Heading ? Moved(top.Heading, column.LanesX + (Lanes.Gap / 2), top.Y + shift) : [];
                _bands.Add(new DrawnBand(BandKind.Layer, column.Phase, ordinal++, column.X + 3, y + shift, column.Width - 6, bottom - y,
                    heading));
                if (lastNodes != last)
                {
                    Row fold = column.Rows[last];
                    _bands.Add(new DrawnBand(BandKind.Fold, column.Phase, 0, column.LanesX + (Lanes.Gap / 2), fold.Y + shift,
                        column.LanesWidth - Lanes.Gap, fold.Height,
                        Moved(fold.Heading, column.LanesX + (Lanes.Gap / 2) + 10, fold.Y + 6 + shift)));
                }
            }
        }
    }

    // Runs of rows with one and the same key.
    private static IEnumerable<(int First, int Last)> Runs(Column column, Func<Row, object?> key)
    {
        int first = 0;
        for (int i = 1; i <= column.Rows.Count; i++)
        {
            if (i < column.Rows.Count && ReferenceEquals(key(column.Rows[i]), key(column.Rows[first])))
                continue;
            yield return (first, i - 1);
            first = i;
        }
    }

    private static List<DrawnText> Moved(List<DrawnText> texts, double x, double y) =>
        [.. texts.Select(text => text with { X = text.X + x, Y = text.Y + y })];

    private DrawnNode[] DrawNodes(double shift)
    {
        var nodes = new List<DrawnNode>();
        foreach (int node in Drawn())
        {
            Row row = rowOf[node];
            nodes.Add(new DrawnNode(
                node, dag.FactsOf(node).Kind.ToShape(), row.Column.LanesX + lanes.X[node], row.Y
                    + shift, lanes.Width[node], row.Height, lanes.Labels[node], nodeMarks[node]));
        }

        return [.. nodes];
    }

    private DrawnEdge[] DrawEdges(double shift, out double[] points)
    {
        ReadOnlySpan<Route> routes = routing.Routes;
        var edges = new DrawnEdge[routes.Length];
        var corners = new List<double>(routes.Length * 10);
        var labelled = new HashSet<(int Target, string Label)>();
        for (int i = 0; i < routes.Length; i++)
        {
            Route route = routes[i];
            int first = corners.Count / 2;
            routing.Trace(route, TouchBelow(route.Source, route.SourceX), TouchAbove(route.Target, route.TargetX), shift, corners);
            DrawnText? label = null;
            if (dag.EdgeFactsOf(route.Source, route.Edge).Label is { Length: > 0 } text && labelled.Add((route.Target, text)))
                label = LabelOf(route, text, shift);
            edges[i] = new DrawnEdge(route.Edge, route.Source, route.Target, route.Kind, first, (corners.Count / 2) - first, route.Mark,
                label);
        }

        points = [.. CollectionsMarshal.AsSpan(corners)];
        return edges;
    }

    // Beside the last piece of the edge, above its target, on the side where the target has more room.
    private DrawnText? LabelOf(in Route route, string text, double shift)
    {
        const double Size = 10;
        Row row = rowOf[route.Target];
        double left = route.TargetX - lanes.X[route.Target], right = lanes.Width[route.Target] - left;
        bool toRight = right >= left;
        double room = Math.Max(left, right) - 6;

        // Where the whole does not fit, how much passes says more than where from and to, which the line shows.
        int amount = text.LastIndexOf(", ", StringComparison.Ordinal);
        if (route.Kind == EdgeKind.Pipeline && amount >= 0 && FontMetrics.Width(text, Size) > room)
            text = text[(amount + 2)..];
        string shown = TextWrapping.Shorten(OneLine.Of(text), room, Size, bold: false);
        double x = row.Column.LanesX + route.TargetX;
        return shown.Length == 0 ? null
            : new DrawnText(shown, toRight ? x + 5 : x - 5, row.Y + shift - 10, Size, Bold: false,
                toRight ? TextAnchor.Start : TextAnchor.End);
    }

    private double TouchAbove(int node, double x) => rowOf[node].Y + (rowOf[node].Height / 2) - HalfHeightAt(node, x);

    private double TouchBelow(int node, double x) => rowOf[node].Y + (rowOf[node].Height / 2) + HalfHeightAt(node, x);

    // Half the height of the outline at x, which is measured from the left end of the lanes.
    private double HalfHeightAt(int node, double x)
    {
        double half = rowOf[node].Height / 2;
        if (dag.FactsOf(node).Kind.ToShape() != NodeShape.Ellipse)
            return half;
        double radius = lanes.Width[node] / 2;
        double fromCentre = Math.Clamp((x - lanes.X[node] - radius) / radius, -1, 1);
        return half * Math.Sqrt(1 - (fromCentre * fromCentre));
    }
}
