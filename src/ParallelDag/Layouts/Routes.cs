using ParallelDag.Graphs;

namespace ParallelDag.Layouts;

/// <summary>How an edge gets from its source to its target.</summary>
internal enum RouteKind
{
    /// <summary>Straight down to the next row.</summary>
    Straight,

    /// <summary>Down to the next row with one step aside in the channel between them.</summary>
    Bend,

    /// <summary>Past the rows in between by a gap that they have in common.</summary>
    Gap,

    /// <summary>By a gutter of its own or the neighbouring column.</summary>
    Gutter,

    /// <summary>
    /// By a gutter to the highway above the lower one of the two shelves, along it, and by a gutter of the target's column.
    /// </summary>
    Highway,
}

/// <summary>An edge on its way. Indices point into the lists of <see cref="Routing"/>.</summary>
internal struct Route
{
    public int Edge, Source, Target, Mark;
    public EdgeKind Kind;
    public RouteKind Way;
    public double SourceX, TargetX, GapX;
    public int Exit, Entry, Bundle, Descent;
}

/// <summary>
/// A line in a channel, shared by the edges of one source and kind: from the side towards <see cref="Toward"/> (-1 left, 1 right),
/// or, for a bend or a way to or from a gap, between its two ends.
/// </summary>
internal struct ChannelLine
{
    public int Channel;
    public ChannelPart Part;
    public int Toward;
    public double Left, Right;
    public double Y;
}

/// <summary>Upper, middle and lower part of a channel: lines that leave nodes above, that bend, that lead to nodes below.</summary>
internal enum ChannelPart
{
    Exit,
    Bend,
    Entry,
}

/// <summary>A line up or down a gutter.</summary>
internal struct GutterLine
{
    public int Column;
    public int Side;
    public double Top, Bottom;
    public double X;
}

/// <summary>The edges of one source and kind that leave by one side: they share the way out, and the highway where they use it.</summary>
internal struct Bundle
{
    public int Exit;
    public int Gutter;

    /// <summary>The highway lines above the source's own shelf and above the one below it; -1 where unused.</summary>
    public int Highway, LowerHighway;
}

/// <summary>A line along the highway, above a shelf, from place to place.</summary>
internal struct HighwayLine
{
    public int Shelf;
    public int FirstPlace, LastPlace;
    public double Y;
}
