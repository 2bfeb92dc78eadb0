using ParallelDag.Graphs;

namespace ParallelDag.Layouts.Slides;

/// <summary>How a line gets from its box to another.</summary>
internal enum SlideWay
{
    /// <summary>Straight down to the next box.</summary>
    Down,

    /// <summary>By a lane beside the boxes of the frame.</summary>
    Lane,

    /// <summary>Down into the frame below: straight from the last box of a frame, from others by a lane.</summary>
    Under,

    /// <summary>Level, into the side of the next frame.</summary>
    Across,

    /// <summary>Down to the line below the frames, along it, and up into the foot of a column.</summary>
    Below,
}

/// <summary>An edge of a slide; ends that are folded away are the boxes that stand for them.</summary>
internal sealed class SlideLink
{
    public required int Edge { get; init; }

    public required EdgeKind Kind { get; init; }

    public required SlideBox Source { get; init; }

    public required SlideBox Target { get; init; }

    public required int Mark { get; init; }

    /// <summary>The sources of all edges that the line stands for, folded ones too.</summary>
    public HashSet<int> Sources { get; } = [];

    public SlideWay Way { get; set; }

    /// <summary>True when nothing stands between the source and the foot of what the line leaves: its frame, or the column.</summary>
    public bool IsStraightDown => Source.Index == Source.Frame.Boxes.Count - 1 && (Way == SlideWay.Under || Source.Frame.Below is null);
}
