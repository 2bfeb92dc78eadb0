using ParallelDag.Graphs;
using ParallelDag.Layouts;

namespace ParallelDag.Formats.Tests.Layouts;

/// <summary>A box of a picture: a node with its sides.</summary>
internal readonly record struct QualityBox(double Left, double Top, double Right, double Bottom);

/// <summary>A line of a picture: the boxes that it joins (-1: none) and its corners.</summary>
internal sealed record QualityLine(int Source, int Target, (double X, double Y)[] Points);

/// <summary>
/// What a layout is judged by, whoever made it. O(n^2) for n pieces of lines.
/// </summary>
/// <param name="Crossings">Points in which the pieces of two lines cross; lines that share their way cross another one once.</param>
/// <param name="Bends">Corners of lines; lines that share their way share its corners.</param>
/// <param name="Climbing">Edges that end above their start.</param>
/// <param name="BoxesCrossed">Boxes that a line runs through without joining them.</param>
/// <param name="Overflowing">Labels of boxes with a line wider than its room.</param>
/// <param name="Width">The width of the sheet.</param>
/// <param name="Height">The height of the sheet.</param>
internal sealed record LayoutQuality(int Crossings, int Bends, int Climbing, int BoxesCrossed, int Overflowing, double Width, double Height)
{
    /// <summary>Judges a drawing.</summary>
    public static LayoutQuality Of(Drawing drawing)
    {
        var boxOf = drawing.Nodes.Select((node, box) => (node.Node, box)).ToDictionary(pair => pair.Node, pair => pair.box);
        QualityBox[] boxes = [.. drawing.Nodes.Select(node => new QualityBox(node.X, node.Y, node.X + node.Width, node.Y + node.Height))];
        var lines = new List<QualityLine>();
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            var corners = new (double X, double Y)[points.Length / 2];
            for (int i = 0; i < corners.Length; i++)
                corners[i] = (points[2 * i], points[(2 * i) + 1]);
            lines.Add(new QualityLine(boxOf.GetValueOrDefault(edge.Source, -1), boxOf.GetValueOrDefault(edge.Target, -1), corners));
        }

        return Of(boxes, lines, drawing.Width, drawing.Height) with { Overflowing = drawing.Nodes.Count(Overflows) };
    }

    /// <summary>Judges boxes and lines, y growing downwards.</summary>
    public static LayoutQuality Of(IReadOnlyList<QualityBox> boxes, IReadOnlyList<QualityLine> lines, double width, double height)
    {
        var pieces = lines.SelectMany((line, index) => line.Points.Zip(line.Points.Skip(1), (from, to) => (index, from, to)))
            .Where(piece => piece.from != piece.to).ToList();
        var crossings = new HashSet<(long, long)>();
        for (int i = 0; i < pieces.Count; i++)
        {
            for (int k = i + 1; k < pieces.Count; k++)
            {
                if (pieces[i].index != pieces[k].index
                    && Cross(pieces[i].from, pieces[i].to, pieces[k].from, pieces[k].to) is (double x, double y))
                    crossings.Add(((long)Math.Round(x), (long)Math.Round(y)));
            }
        }

        var bends = new HashSet<(double, double)>();
        foreach (QualityLine line in lines)
        {
            for (int i = 1; i + 1 < line.Points.Length; i++)
            {
                (double X, double Y) a = line.Points[i - 1], b = line.Points[i], c = line.Points[i + 1];
                if (Math.Abs(Side(a, b, c)) > 1e-6)
                    bends.Add(b);
            }
        }

        int crossed = lines.Sum(line => Enumerable.Range(0, boxes.Count).Count(box => box != line.Source && box != line.Target
            && line.Points.Zip(line.Points.Skip(1)).Any(piece => RunsThrough(piece.First, piece.Second, boxes[box]))));
        return new LayoutQuality(
            crossings.Count, bends.Count, lines.Count(line => line.Points[^1].Y < line.Points[0].Y - 0.5), crossed, 0, width, height);
    }

    private static double Side((double X, double Y) a, (double X, double Y) b, (double X, double Y) c) =>
        ((b.X - a.X) * (c.Y - a.Y)) - ((b.Y - a.Y) * (c.X - a.X));

    // Where two pieces cross, ends not counted.
    private static (double X, double Y)? Cross(
        (double X, double Y) a, (double X, double Y) b, (double X, double Y) c, (double X, double Y) d)
    {
        const double Ends = 1e-3;
        double parallel = ((b.X - a.X) * (d.Y - c.Y)) - ((b.Y - a.Y) * (d.X - c.X));
        if (Math.Abs(parallel) < 1e-9)
            return null;
        double s = (((c.X - a.X) * (d.Y - c.Y)) - ((c.Y - a.Y) * (d.X - c.X))) / parallel;
        double t = (((c.X - a.X) * (b.Y - a.Y)) - ((c.Y - a.Y) * (b.X - a.X))) / parallel;
        return s > Ends && s < 1 - Ends && t > Ends && t < 1 - Ends ? (a.X + (s * (b.X - a.X)), a.Y + (s * (b.Y - a.Y))) : null;
    }

    // True when the piece has more than a point inside the box (Liang and Barsky, 1984).
    private static bool RunsThrough((double X, double Y) a, (double X, double Y) b, QualityBox box)
    {
        const double Inside = 0.5;
        double first = 0, last = 1;
        return Clip(a.X, b.X, box.Left + Inside, box.Right - Inside) && Clip(a.Y, b.Y, box.Top + Inside, box.Bottom - Inside)
            && last - first > 1e-9;

        bool Clip(double from, double to, double low, double high)
        {
            if (from == to)
                return from > low && from < high;
            double enter = (low - from) / (to - from), leave = (high - from) / (to - from);
            (enter, leave) = (Math.Min(enter, leave), Math.Max(enter, leave));
            (first, last) = (Math.Max(first, enter), Math.Min(last, leave));
            return first < last;
        }
    }

    private static bool Overflows(DrawnNode node)
    {
        double top = (node.Height - node.Label.Height) / 2;
        foreach (LabelLine line in node.Label.Lines)
        {
            if (line.Width > Math.Min(Room(node, top), Room(node, top + line.Height)) + 0.01)
                return true;
            top += line.Height;
        }

        return false;
    }

    // The width that a centred text has inside the outline at y below its upper side.
    private static double Room(DrawnNode node, double y) => node.Shape switch
    {
        Looks.NodeShape.Ellipse => node.Width * Math.Sqrt(Math.Max(0, 1 - Math.Pow((2 * y / node.Height) - 1, 2))),
        Looks.NodeShape.Parallelogram => node.Width - (2 * DrawnNode.Slant * Math.Max(y, node.Height - y) / node.Height),
        _ => node.Width,
    };
}
