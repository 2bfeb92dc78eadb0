using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Layouts.Slides;

/// <summary>The lines of a slide whose boxes have their places: the corners of each, and the labels of those that leave a frame.</summary>
internal sealed class SlideRoutes(Dag dag, SlideContent content, List<SlideFrame> frames)
{
    private const double LineBelow = 17, BelowSpacing = 9, LabelSize = 11;

    private readonly List<double> _points = [];

    /// <summary>The corners of all lines, one after another.</summary>
    public IReadOnlyList<double> Points => _points;

    /// <summary>Draws every link.</summary>
    /// <param name="bottom">The foot of the columns.</param>
    public List<DrawnEdge> DrawEdges(double bottom)
    {
        var edges = new List<DrawnEdge>();
        var down = new Dictionary<SlideBox, int>();
        var labelled = new HashSet<(SlideFrame, SlideFrame, EdgeKind)>();
        List<(EdgeKind, SlideBox?)> below = TracksBelow(content);
        foreach (SlideLink link in content.Links)
        {
            int first = _points.Count / 2;
            DrawnText? label = null;
            switch (link.Way)
            {
                case SlideWay.Down:
                    int beside = down.GetValueOrDefault(link.Source);
                    down[link.Source] = beside + 1;
                    Down(link, beside);
                    break;
                case SlideWay.Lane:
                    Lane(link);
                    break;
                case SlideWay.Under:
                    Under(link);
                    break;
                case SlideWay.Across:
                    Across(link);
                    break;
                default:
                    Below(link, bottom, below.IndexOf(TrackKey(link)));
                    break;
            }

            if (link.Way is SlideWay.Across or SlideWay.Below or SlideWay.Under && labelled.Add(LabelKey(link)))
                label = LabelOf(link, first, bottom);
            (int source, int target) = (dag.Topology.SourceOf(link.Edge), dag.Topology.TargetOf(link.Edge));
            int count = (_points.Count / 2) - first;
            edges.Add(new DrawnEdge(
                link.Edge, content.DrawnAs(source), content.DrawnAs(target), link.Kind, first, count, link.Mark, label));
        }

        return edges;
    }

    /// <summary>How far below the frames the lowest line runs; 0 where none does.</summary>
    public static double HeightBelow(SlideContent content) =>
        TracksBelow(content).Count is > 0 and int tracks ? LineBelow + ((tracks - 1) * BelowSpacing) : 0;

    private static List<(EdgeKind, SlideBox?)> TracksBelow(SlideContent content) =>
        [.. content.Links.Where(link => link.Way == SlideWay.Below).Select(TrackKey).Distinct()];

    // Caches share one line below the frames; every other source has one of its own.
    private static (EdgeKind, SlideBox?) TrackKey(SlideLink link) =>
        link.Kind == EdgeKind.Kv ? (link.Kind, null) : (link.Kind, link.Source);

    private static (SlideFrame, SlideFrame, EdgeKind) LabelKey(SlideLink link) =>
        link is { Kind: EdgeKind.Kv, Way: SlideWay.Below } ? (null!, null!, link.Kind) : (link.Source.Frame, link.Target.Frame, link.Kind);

    private void Down(SlideLink link, int beside)
    {
        SlideBox source = link.Source, target = link.Target;
        bool headed = target.Frame.BeginsLayers(target.Index);
        double x = source.X + (source.Width * (headed ? SlideLabels.EntryAt : 0.5)) + (beside * 9);
        Add(x, source.BottomAt(x), x, target.TopAt(x));
    }

    private void Lane(SlideLink link)
    {
        SideLines lines = link.Source.Frame.Lines;
        double x = lines.LaneX(link);
        (double fromX, double fromY) = lines.Leaving(link);
        (double toX, double toY) = lines.Arriving(link);
        Add(fromX, fromY, x, fromY, x, toY, toX, toY);
    }

    private void Across(SlideLink link)
    {
        (double x, double y) = link.Source.Frame.Lines.Leaving(link);
        Add(x, y, link.Target.Frame.X, y);
    }

    private void Under(SlideLink link)
    {
        if (link.IsStraightDown)
        {
            double middle = link.Source.X + (link.Source.Width / 2);
            Add(middle, link.Source.Bottom, middle, link.Target.Frame.Y);
            return;
        }

        double x = link.Source.Frame.Lines.LaneX(link);
        (double fromX, double fromY) = link.Source.Frame.Lines.Leaving(link);
        Add(fromX, fromY, x, fromY, x, link.Target.Frame.Y);
    }

    // Up into the foot of the column, whichever of its stages the line leads to: it would pass the lower ones.
    private void Below(SlideLink link, double foot, int track)
    {
        double y = foot + LineBelow + (track * BelowSpacing), up = link.Target.Frame.ColumnX + 14 + (track * BelowSpacing);
        if (link.IsStraightDown)
        {
            double middle = link.Source.X + (link.Source.Width / 2);
            Add(middle, link.Source.Bottom, middle, y, up, y, up, foot);
            return;
        }

        double x = link.Source.Frame.Below is null ? link.Source.Frame.Lines.LaneX(link) : link.Source.Frame.PassingX;
        (double fromX, double fromY) = link.Source.Frame.Lines.Leaving(link);
        Add(fromX, fromY, x, fromY, x, y, up, y, up, foot);
    }

    private void Add(params ReadOnlySpan<double> points) => _points.AddRange(points);

    private DrawnText? LabelOf(SlideLink link, int first, double foot)
    {
        double y = _points[(2 * first) + 1] - 5;
        if (link.Way == SlideWay.Across)
        {
            double left = link.Source.Frame.ColumnRight, right = link.Target.Frame.ColumnX;
            string text = content.IsMessage(link) ? Quantity.FormatBytes(dag.FactsOf(link.Source.Node).WireBytes)
                : link.Kind == EdgeKind.Token ? dag.EdgeFactsOf(dag.Topology.SourceOf(link.Edge), link.Edge).Label ?? "" : "";
            text = TextWrapping.Shorten(OneLine.Of(text), right - left - 2, LabelSize, bold: false);
            return text.Length == 0 ? null : new DrawnText(text, (left + right) / 2, y, LabelSize, Bold: false, TextAnchor.Middle);
        }

        if (link is { Way: SlideWay.Under, IsStraightDown: true } && content.IsMessage(link))
        {
            double x = _points[2 * first] + 5, middle = (_points[(2 * first) + 1] + link.Source.Frame.Bottom) / 2;
            string text = Quantity.FormatBytes(dag.FactsOf(link.Source.Node).WireBytes);
            return new DrawnText(TextWrapping.Shorten(text, link.Source.Frame.Right - x - 2, LabelSize, bold: false), x, middle + 4,
                LabelSize, Bold: false, TextAnchor.Start);
        }

        if (link is not { Kind: EdgeKind.Kv, Way: SlideWay.Below })
            return null;
        var targets = Caches().Select(other => other.Target.Frame).ToHashSet();
        SlideFrame to = frames.First(targets.Contains);
        string cache = TextWrapping.Longest(CacheTexts(), SlideComposition.PhaseGap - 6, LabelSize, bold: false);
        double end = to.ColumnX - SlideComposition.PhasePadding - 4;
        return new DrawnText(cache, end, foot + LineBelow - 6, LabelSize, Bold: false, TextAnchor.End);
    }

    // The bytes that all hand-offs move, of all stages and layers.
    private string[] CacheTexts()
    {
        int[] sources = [.. Caches().SelectMany(link => link.Sources).Distinct()];
        long bytes = sources.Sum(node => dag.FactsOf(node).Op == Ops.KvTransfer ? dag.FactsOf(node).WireBytes : 0);
        string amount = Quantity.FormatBytes(bytes);
        return bytes == 0 ? ["KV stays"] : [$"KV cache: {amount}", $"KV {amount}", amount];
    }

    private IEnumerable<SlideLink> Caches() => content.Links.Where(link => link is { Kind: EdgeKind.Kv, Way: SlideWay.Below });
}
