using ParallelDag.Looks;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// A box of a slide: a node, or the note that layers are drawn in another stage. Boxes of a frame stand below each other.
/// </summary>
internal sealed class SlideBox
{
    /// <summary>The node; of a note the node that its edges name as their end, -1 until one does.</summary>
    public int Node { get; set; } = -1;

    /// <summary>The lines of a note; empty for a node.</summary>
    public IReadOnlyList<string> Note { get; init; } = [];

    /// <summary>What the box says that stands for all operators of a layer: two texts; else empty.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>What the box is called in place of its node, which does more than its name says; else null.</summary>
    public string? Name { get; init; }

    public bool IsNote => Note.Count > 0;

    /// <summary>The segment that the box belongs to; null for a hand-off, which stands at the end of its frame.</summary>
    public Segment? Segment { get; init; }

    public NodeShape Shape { get; init; } = NodeShape.Box;

    public NodeLabel? Label { get; set; }

    /// <summary>The frame that holds the box, and its place there.</summary>
    public SlideFrame Frame { get; set; } = null!;

    public int Index { get; set; }

    public double X { get; set; }

    public double Y { get; set; }

    public double Width { get; set; }

    public double Height { get; set; }

    public double Bottom => Y + Height;

    /// <summary>The upper side of the outline at <paramref name="x"/>.</summary>
    public double TopAt(double x) => Y + (Height / 2) - HalfHeightAt(x);

    /// <summary>The lower side of the outline at <paramref name="x"/>.</summary>
    public double BottomAt(double x) => Y + (Height / 2) + HalfHeightAt(x);

    /// <summary>The left (-1) or right (1) side of the outline at <paramref name="y"/>.</summary>
    public double SideAt(int side, double y)
    {
        double down = (y - Y) / Height, middle = X + (Width / 2);
        return Shape switch
        {
            NodeShape.Ellipse => middle + (side * Width / 2 * Math.Sqrt(Math.Max(0, 1 - Math.Pow((2 * down) - 1, 2)))),
            NodeShape.Parallelogram => side < 0 ? X + (DrawnNode.Slant * (1 - down)) : X + Width - (DrawnNode.Slant * down),
            _ => middle + (side * Width / 2),
        };
    }

    private double HalfHeightAt(double x)
    {
        double fromCentre = Math.Clamp(((2 * (x - X)) / Width) - 1, -1, 1);
        return Shape == NodeShape.Ellipse ? Height / 2 * Math.Sqrt(1 - (fromCentre * fromCentre)) : Height / 2;
    }
}
