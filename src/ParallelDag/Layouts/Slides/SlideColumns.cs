namespace ParallelDag.Layouts.Slides;

/// <summary>
/// Breaks the stages of a slide into frames no higher than the sheet: a stage that fits stays whole, a longer one is cut where the
/// fewest lines pass and the parts are about equal.
/// </summary>
internal static class SlideColumns
{
    /// <summary>A stage of so few boxes takes a narrow column, or shares one.</summary>
    public const int SparseBoxes = 8;

    /// <summary>A line that passes a cut weighs as much as so many pixels of difference in height.</summary>
    private const double LineWeight = 60;

    /// <summary>A cut within the layers weighs as much as so many pixels.</summary>
    private const double LayerWeight = 80;

    /// <summary>
    /// A cut behind what a stage sends on weighs as much as so many pixels: the line to the next stage would pass the rest.
    /// </summary>
    private const double SendWeight = 2000;

    /// <summary>A stage in more parts than this does not fit a slide.</summary>
    private const int MostParts = 6;

    /// <summary>The frames of a stage; null when there would be too many.</summary>
    /// <param name="stage">The stage, its boxes set to their width.</param>
    /// <param name="height">The height that boxes may take.</param>
    /// <param name="shortLast">Fills all parts but the last, so that frames find room below the line that leaves it.</param>
    public static List<SlideFrame>? Cut(StageContent stage, double height, bool shortLast)
    {
        IReadOnlyList<SlideBox> boxes = stage.Boxes;
        double total = SlideFrame.HeightOf(boxes);
        if (height <= 0)
            return null;
        for (int parts = Math.Max(1, (int)Math.Ceiling(total / height)); parts <= Math.Min(boxes.Count, MostParts); parts++)
        {
            if (TryCut(stage, parts, height, shortLast ? null : total / parts) is int[] cuts)
                return [.. Frames(stage.Group, boxes, cuts)];
        }

        return null;
    }

    /// <summary>
    /// Numbers the columns of frames: one each, but stages of a phase that follow each other and have no more than
    /// <see cref="SparseBoxes"/> stand below each other as long as they fit <paramref name="height"/>.
    /// </summary>
    public static void Number(List<SlideFrame> frames, Stacking stacking, double height)
    {
        int column = -1;
        double used = 0, reach = 0, room = height - (2 * SlideFrame.Outline);
        for (int i = 0; i < frames.Count; i++)
        {
            SlideFrame frame = frames[i];
            bool samePhase = i > 0 && frames[i - 1].Group.Phase == frame.Group.Phase;
            double top = used + SlideFrame.StackGap;
            bool below = samePhase && IsShort(i) && IsShort(i - 1) && top + frame.LeastHeight <= room;

            // The first of a column goes down to where the line from the column before enters.
            used = below ? top + frame.LeastHeight : Math.Max(frame.LeastHeight, samePhase ? reach : 0);
            reach = stacking == Stacking.Loose ? used : (below ? top : 0) + frame.Reach;
            frame.Column = below ? column : ++column;
            frame.Above = below ? frames[i - 1] : null;
            frame.Below = null;
            if (below)
                frames[i - 1].Below = frame;
        }

        bool IsShort(int frame) =>
            stacking != Stacking.None && frames[frame].Boxes.Count <= SparseBoxes && !frames[frame].Continued
            && (frame + 1 == frames.Count || !frames[frame + 1].Continued);
    }

    // The cheapest cuts into so many parts by dynamic programming over places; null when a part cannot fit.
    private static int[]? TryCut(StageContent stage, int parts, double height, double? share)
    {
        IReadOnlyList<SlideBox> boxes = stage.Boxes;
        int count = boxes.Count;
        double[] upTo = new double[count + 1];
        for (int i = 0; i < count; i++)
            upTo[i + 1] = upTo[i] + SlideFrame.StepOf(boxes, i);
        var cost = new double[parts + 1, count + 1];
        var from = new int[parts + 1, count + 1];
        for (int part = 0; part <= parts; part++)
        {
            for (int end = 0; end <= count; end++)
                cost[part, end] = part == 0 && end == 0 ? 0 : double.MaxValue;
        }

        for (int part = 1; part <= parts; part++)
        {
            for (int end = part; end <= count; end++)
            {
                for (int start = part - 1; start < end; start++)
                {
                    // A part that begins within a segment repeats its heading.
                    double length = upTo[end] - upTo[start] + SlideFrame.LayersHeight;
                    if (cost[part - 1, start] == double.MaxValue || length > height)
                        continue;
                    double uneven = Math.Abs(length - (share ?? (part < parts ? height : length)));
                    double cut = end == count ? 0 : CutCost(stage, end);
                    double own = uneven + cut + cost[part - 1, start];
                    if (own < cost[part, end])
                        (cost[part, end], from[part, end]) = (own, start);
                }
            }
        }

        if (cost[parts, count] == double.MaxValue)
            return null;
        int[] cuts = new int[parts + 1];
        cuts[parts] = count;
        for (int part = parts; part > 0; part--)
            cuts[part - 1] = from[part, cuts[part]];
        return cuts;
    }

    private static double CutCost(StageContent stage, int place) => (LineWeight * stage.Passing[place])
        + (stage.Boxes[place - 1].Segment == stage.Boxes[place].Segment ? LayerWeight : 0) + (place >= stage.Sends ? SendWeight : 0);

    private static IEnumerable<SlideFrame> Frames(StageGroup group, IReadOnlyList<SlideBox> boxes, int[] cuts)
    {
        for (int part = 0; part + 1 < cuts.Length; part++)
        {
            var frame = new SlideFrame(group, part > 0, boxes[0].Width);
            for (int i = cuts[part]; i < cuts[part + 1]; i++)
            {
                (boxes[i].Frame, boxes[i].Index) = (frame, frame.Boxes.Count);
                frame.Boxes.Add(boxes[i]);
            }

            yield return frame;
        }
    }
}
