using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Layouts.Slides;

/// <summary>Gives everything on a slide its place: frames beside each other in their phases, boxes in frames.</summary>
internal sealed class SlideComposition(
    Dag dag, SlideContent content, List<SlideFrame> frames, IReadOnlyList<DrawingMark> marks, int[] nodeMarks)
{
    /// <summary>How much wider than its boxes the heading of a frame may be.</summary>
    public const double HeadingOverhang = 18;

    /// <summary>Between the sides of a phase and its frames.</summary>
    public const double PhasePadding = 9;

    /// <summary>The gutter between phases.</summary>
    public const double PhaseGap = 70;

    private const double Margin = 12, PhaseHeading = 34, TitleHeight = 36, EntryClearance = 14, AboveFoot = 8;

    private const double SendGutter = 54, LineGutter = 22, EmptyGutter = 8;

    private const double LabelSize = 11, PhaseSize = 18, DegreesSize = 13, AfterName = 12, SecondLine = 17;

    /// <summary>The size of the names of stages.</summary>
    public const double StageSize = 15;

    private readonly List<DrawnBand> _bands = [];

    /// <summary>The height that the frames of a slide have for heading and boxes, if its legend takes two lines.</summary>
    public static double RoomForBoxes(SlideContent content) => RoomForFrames(content) - (2 * SlideFrame.Padding);

    /// <summary>The height that the frames of a slide have.</summary>
    public static double RoomForFrames(SlideContent content) =>
        SlideLayout.MostHeight - TitleHeight - 44 - PhaseHeading - Margin - PhasePadding - Strip(content);

    /// <summary>How far below the top of a frame its boxes begin.</summary>
    public static double HeightBelow(double heading) => SlideFrame.Padding + heading + 8;

    /// <summary>The drawing; null when it is larger than a slide.</summary>
    public Drawing? TryCompose()
    {
        double right = PlaceFrames();
        double width = Math.Max(640, right + PhasePadding + Margin);
        if (width > SlideLayout.MostWidth)
            return null;
        var legend = new List<LegendEntry>();
        Route[] kinds = [.. content.Links.Select(link => new Route { Kind = link.Kind })];
        double inner = width - (2 * Margin) - 16;
        double legendHeight = Legend.Set(dag, Nodes(), kinds, marks, content.Runs.Count > 0, Margin + 8, 0, inner, 1, legend);
        double header = TitleHeight + legendHeight + 4, foot = Strip() + PhasePadding + Margin;
        bool twoLines = NeedsTwoLines();
        double bottom = PlaceBoxes(header + PhaseHeading + (twoLines ? SecondLine : 0));
        if (twoLines && bottom + foot > SlideLayout.MostHeight)
        {
            twoLines = false;
            bottom = PlaceBoxes(header + PhaseHeading);
        }

        double height = bottom + foot;
        if (height > SlideLayout.MostHeight)
            return null;

        AddPhaseBands(header, bottom, twoLines);
        AddFrameBands();
        var routes = new SlideRoutes(dag, content, frames);
        List<DrawnEdge> edges = routes.DrawEdges(bottom);
        return new Drawing(dag, [.. _bands], [.. DrawNodes()], [.. edges], [.. routes.Points])
        {
            Width = Math.Ceiling(width),
            Height = Math.Ceiling(height),
            HeaderHeight = header,
            Title = new DrawnText(
                TextWrapping.Shorten(OneLine.Of($"{dag.Name}: simplified deployment"), width - (2 * Margin), 20, bold: true),
                Margin + 8, 28, 20, Bold: true, TextAnchor.Start),
            Legend = [.. legend.Select(entry => entry with { Text = entry.Text with { Y = entry.Text.Y + TitleHeight } })],
            FoldedRuns = content.Runs,
            Marks = marks,
        };
    }

    // Below the frames, once it is known which lines run there.
    private double Strip() => Math.Max(Strip(content), SlideRoutes.HeightBelow(content) + AboveFoot);

    private static double Strip(SlideContent content) => content.Links.Exists(link => link.Kind == EdgeKind.Kv) ? 34 : 14;

    private IEnumerable<int> Nodes() => frames.SelectMany(frame => frame.Boxes).Where(box => !box.IsNote).Select(box => box.Node);

    private double PlaceFrames()
    {
        double x = Margin + PhasePadding;
        PhaseId? phase = frames[0].Group.Phase;
        foreach (IGrouping<int, SlideFrame> column in frames.GroupBy(frame => frame.Column))
        {
            if (column.Key > 0)
                x += column.First().Group.Phase != phase ? PhaseGap + (2 * PhasePadding) : Gutter(column.Key - 1);
            phase = column.First().Group.Phase;
            double around = column.First().IsStacked ? SlideFrame.Outline : 0;
            double left = column.Max(frame => frame.Lines.LeftWidth) + (column.Any(HasPassing) ? SlideFrame.PassingWidth : 0);
            foreach (SlideFrame frame in column)
                (frame.X, frame.LeftWidth) = (x + around, left);
            double width = column.Max(frame => frame.OwnWidth);
            foreach (SlideFrame frame in column)
                frame.Width = width;
            x += width + (2 * around);
        }

        return x;
    }

    // True when lines leave the frame that pass those below it in its column.
    private bool HasPassing(SlideFrame frame) =>
        frame.Below is not null && content.Links.Exists(link => link.Source.Frame == frame && link.Way == SlideWay.Below);

    private double Gutter(int left)
    {
        List<SlideLink> across = content.Links.FindAll(link => link.Source.Frame.Column == left && link.Way == SlideWay.Across);
        return across.Exists(content.IsMessage) ? SendGutter : across.Count > 0 ? LineGutter : EmptyGutter;
    }

    private double PlaceBoxes(double top)
    {
        var headings = new Headings(dag);
        double bottom = 0;
        foreach (SlideFrame frame in frames)
        {
            frame.Y = frame.Above is null ? top + (frame.IsStacked ? SlideFrame.Outline : 0) : frame.Above.Bottom + SlideFrame.StackGap;
            double indent = IsPassed(frame) ? SlideFrame.PassingWidth : 0;
            double room = frame.Width - (2 * SlideFrame.Padding) - indent + Lanes.Gap;
            Row heading = headings.ForStage(frame.Group, frame.Continued, room, StageSize);
            (double x, double y) = (frame.X + SlideFrame.Padding + indent, frame.Y + SlideFrame.Padding);
            frame.Heading = [.. heading.Heading.Select(text => text with { X = x, Y = text.Y + y })];
            double first = HeightBelow(heading.Height);
            frame.PlaceBoxes(frame.Y + first);
            double entry = content.Links.Where(link => link.Way == SlideWay.Across && link.Target.Frame == frame)
                .Select(link => link.Source.Frame.Lines.Leaving(link).Y).DefaultIfEmpty(frame.Y).Max();
            frame.Height = Math.Max(first + frame.ContentHeight, entry + EntryClearance - frame.Y);
            bottom = Math.Max(bottom, frame.Bottom + (frame.IsStacked ? SlideFrame.Outline : 0));
        }

        foreach (SlideFrame frame in frames.Where(frame => frame.Below is null))
            frame.Height = bottom - (frame.IsStacked ? SlideFrame.Outline : 0) - frame.Y;
        return bottom;
    }

    private bool IsPassed(SlideFrame frame) => frame.Above is SlideFrame above && (HasPassing(above) || IsPassed(above));

    // True when a heading has more room for degrees and GPUs below its name than beside it, and needs it.
    private bool NeedsTwoLines()
    {
        var headings = new Headings(dag);
        foreach (IGrouping<PhaseId?, SlideFrame> phase in frames.GroupBy(frame => frame.Group.Phase))
        {
            (string name, IReadOnlyList<string> wordings) = headings.WordingsForPhase(phase.Key!.Value);
            double room = phase.Max(frame => frame.ColumnRight) - phase.First().ColumnX
                - FontMetrics.Width(name, PhaseSize, bold: true) - AfterName;
            if (FontMetrics.Width(wordings[^Math.Min(2, wordings.Count)], DegreesSize) > room)
                return true;
        }

        return false;
    }

    private void AddPhaseBands(double header, double bottom, bool twoLines)
    {
        var headings = new Headings(dag);
        foreach (IGrouping<PhaseId?, SlideFrame> phase in frames.GroupBy(frame => frame.Group.Phase))
        {
            PhaseId kind = phase.Key!.Value;
            double left = phase.First().ColumnX - PhasePadding, right = phase.Max(frame => frame.ColumnRight) + PhasePadding;
            double x = left + PhasePadding, y = header + 24;
            (string name, IReadOnlyList<string> wordings) = headings.WordingsForPhase(kind);
            var title = new DrawnText(name, x, y, PhaseSize, Bold: true, TextAnchor.Start);
            double indent = twoLines ? 0 : title.Width + AfterName;
            string details = TextWrapping.Longest(wordings, right - x - indent - PhasePadding, DegreesSize, bold: false);
            var more = new DrawnText(details, x + indent, twoLines ? y + SecondLine : y, DegreesSize, Bold: false, TextAnchor.Start);
            DrawnText[] heading = details.Length == 0 ? [title] : [title, more];
            double height = bottom + Strip() + PhasePadding - header;
            _bands.Add(new DrawnBand(BandKind.Phase, kind, Composition.OrdinalOf(kind), left, header, right - left, height, heading));
        }
    }

    private void AddFrameBands()
    {
        foreach (SlideFrame upper in frames.Where(frame => frame is { Above: null, Below: not null }))
        {
            SlideFrame lowest = frames.Last(frame => frame.Column == upper.Column);
            _bands.Add(new DrawnBand(
                BandKind.Column, upper.Group.Phase, 0, upper.ColumnX, upper.Y - SlideFrame.Outline, upper.ColumnRight - upper.ColumnX,
                lowest.Bottom - upper.Y + (2 * SlideFrame.Outline), []));
        }

        int stage = 0, ordinal = 0;
        foreach (SlideFrame frame in frames)
        {
            _bands.Add(new DrawnBand(
                BandKind.Stage, frame.Group.Phase, stage++, frame.X, frame.Y, frame.Width, frame.Height, frame.Heading));
        }

        foreach (SlideFrame frame in frames)
        {
            for (int first = 0, next; first < frame.Boxes.Count; first = next)
            {
                for (next = first + 1; next < frame.Boxes.Count && frame.Boxes[next].Segment == frame.Boxes[first].Segment; next++)
                {
                }

                SlideBox top = frame.Boxes[first];
                if (top.IsNote)
                    _bands.Add(NoteBand(top));
                else if (frame.BeginsLayers(first))
                    _bands.Add(LayersBand(frame, top, frame.Boxes[next - 1], ordinal++));
            }
        }
    }

    private static DrawnBand NoteBand(SlideBox note)
    {
        double y = note.Y + 4;
        var lines = new List<DrawnText>();
        foreach (LabelLine line in SlideLabels.NoteLines(note.Note, note.Width))
        {
            (double size, bool bold) = TextWrapping.Font(line.Style);
            lines.Add(new DrawnText(line.Text, note.X + (note.Width / 2), y + (line.Height * 0.78), size, bold, TextAnchor.Middle));
            y += line.Height;
        }

        return new DrawnBand(BandKind.Fold, note.Frame.Group.Phase, 0, note.X, note.Y, note.Width, note.Height, lines);
    }

    private static DrawnBand LayersBand(SlideFrame frame, SlideBox first, SlideBox last, int ordinal)
    {
        double top = first.Y - SlideFrame.LayersHeight - 3;
        double room = (first.Width * SlideLabels.EntryAt) - 8;
        string layers = TextWrapping.Shorten(SlideLabels.LayersText(first.Segment!, room), room, LabelSize, bold: true);
        var heading = new DrawnText(layers, first.X, first.Y - 6, LabelSize, Bold: true, TextAnchor.Start);
        double height = last.Bottom + 6 - top;
        return new DrawnBand(BandKind.Layer, frame.Group.Phase, ordinal, frame.X + 3, top, frame.Width - 6, height, [heading]);
    }

    private IEnumerable<DrawnNode> DrawNodes() => frames.SelectMany(frame => frame.Boxes).Where(box => !box.IsNote).OrderBy(box => box.Node)
        .Select(box => new DrawnNode(box.Node, box.Shape, box.X, box.Y, box.Width, box.Height, box.Label!, nodeMarks[box.Node]));
}
