namespace ParallelDag.Layouts.Slides;

/// <summary>
/// A stage on a slide, or a part of one that is too long for a column: its heading, and boxes below each other between two bands of lanes
/// in which lines run past boxes.
/// </summary>
internal sealed class SlideFrame(StageGroup group, bool continued, double boxWidth)
{
    /// <summary>Between the sides of a frame and what stands in it.</summary>
    public const double Padding = 9;

    /// <summary>Between two boxes: an arrow head and a little line.</summary>
    public const double Gap = 12;

    /// <summary>Between frames that share a column and the outline around them.</summary>
    public const double Outline = 6;

    /// <summary>The room between frames that share a column.</summary>
    public const double StackGap = 24;

    /// <summary>What a column takes to the left of everything for lines of upper frames that pass lower ones.</summary>
    public const double PassingWidth = 12;

    private const double PassingInset = 7;

    /// <summary>The row that says which layers follow.</summary>
    public const double LayersHeight = 17;

    public StageGroup Group { get; } = group;

    /// <summary>True when the stage begins in an earlier frame.</summary>
    public bool Continued { get; } = continued;

    public double BoxWidth { get; } = boxWidth;

    public List<SlideBox> Boxes { get; } = [];

    /// <summary>The place of the frame from left to right.</summary>
    public int Column { get; set; }

    public SideLines Lines { get; set; } = null!;

    public IReadOnlyList<DrawnText> Heading { get; set; } = [];

    public double X { get; set; }

    public double Y { get; set; }

    public double Height { get; set; }

    /// <summary>The frame that stands above this one in its column; null for the upper one.</summary>
    public SlideFrame? Above { get; set; }

    /// <summary>The frame that stands below this one in its column; null for the lowest one.</summary>
    public SlideFrame? Below { get; set; }

    /// <summary>True when several frames share the column, with an outline around all of them.</summary>
    public bool IsStacked => Above is not null || Below is not null;

    /// <summary>The height that heading and boxes need.</summary>
    public double LeastHeight { get; set; }

    /// <summary>How far below the top the lines to the next stage leave, at most.</summary>
    public double Reach { get; set; }

    /// <summary>The room that the column has for lanes to the left of boxes.</summary>
    public double LeftWidth { get; set; }

    public double Width { get; set; }

    public double BoxX => X + Padding + LeftWidth;

    /// <summary>The width that the frame needs.</summary>
    public double OwnWidth => (2 * Padding) + LeftWidth + BoxWidth + Lines.RightWidth;

    public double Right => X + Width;

    /// <summary>The sides of the column: those of the outline around frames that share it.</summary>
    public double ColumnX => X - (IsStacked ? Outline : 0);

    public double ColumnRight => Right + (IsStacked ? Outline : 0);

    /// <summary>Where lines of an upper frame pass the frames below it.</summary>
    public double PassingX => X + PassingInset;

    public double Bottom => Y + Height;

    /// <summary>True when a heading with layers stands above the box.</summary>
    public bool BeginsLayers(int index) => BeginsLayers(Boxes, index);

    /// <summary>The height of everything below the heading.</summary>
    public double ContentHeight => HeightOf(Boxes) + Padding;

    /// <summary>The height of boxes below each other with their gaps and headings.</summary>
    public static double HeightOf(IReadOnlyList<SlideBox> boxes)
    {
        double height = 0;
        for (int i = 0; i < boxes.Count; i++)
            height += StepOf(boxes, i);
        return height;
    }

    /// <summary>What a box takes: its heading, itself and the gap below.</summary>
    public static double StepOf(IReadOnlyList<SlideBox> boxes, int index)
    {
        return boxes[index].Height + Gap + (BeginsLayers(boxes, index) ? LayersHeight : 0);
    }

    private static bool BeginsLayers(IReadOnlyList<SlideBox> boxes, int index) =>
        boxes[index] is { IsNote: false, Words.Count: 0, Segment.LayerRanges: not null } box
        && (index == 0 || boxes[index - 1].Segment != box.Segment);

    /// <summary>Puts the boxes below each other from <paramref name="top"/> on.</summary>
    public void PlaceBoxes(double top)
    {
        double y = top;
        for (int i = 0; i < Boxes.Count; i++)
        {
            SlideBox box = Boxes[i];
            y += BeginsLayers(i) ? LayersHeight : 0;
            (box.X, box.Y) = (BoxX, y);
            y += box.Height + Gap;
        }
    }
}
