using ParallelDag.Graphs;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// Lays an overview out as a slide: at most 1600 x 1000 pixels with text of at least 11, stages beside each other from left to right,
/// their blocks below each other. Inside a frame time runs down; between frames lines run level, into the side of the next frame, or
/// along the bottom, so no line ends above its start.
/// </summary>
/// <remarks>
/// What does not fit is drawn more sparingly: stages that are alike once, layers that another stage draws already as a note, one line a
/// block, at last a block for all operators of a layer. O(V + E) for each of a fixed number of tries.
/// </remarks>
internal sealed class SlideLayout
{
    /// <summary>The largest sheet.</summary>
    public const double MostWidth = 1600, MostHeight = 1000;

    private const double WidestBox = 300, NarrowestBox = 140, BoxStep = 10, NarrowestSparse = 110, SparsePart = 0.45;

    private readonly Dag _dag;
    private readonly SlideContent _content;
    private readonly SlideLabels _labels;
    private readonly SlideLines _lines;
    private readonly IReadOnlyList<DrawingMark> _marks;
    private readonly int[] _nodeMarks;

    private SlideLayout(Dag dag, SlideContent content, SlideLines lines, IReadOnlyList<DrawingMark> marks, int[] nodeMarks)
    {
        _dag = dag;
        _content = content;
        _marks = marks;
        _nodeMarks = nodeMarks;
        _labels = new SlideLabels(dag, marks, nodeMarks);
        _lines = lines;
    }

    /// <summary>The drawing; null for a graph that does not tell stages, has cycles, or is too large for a slide.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="visible">Which nodes are drawn.</param>
    /// <param name="order">All nodes, so that as good as every edge leads forward.</param>
    /// <param name="position">The place of each node in <paramref name="order"/>.</param>
    /// <param name="folds">True when stages that are alike are drawn once in any case.</param>
    /// <param name="marks">What is marked.</param>
    /// <param name="nodeMarks">The mark of each node, or -1.</param>
    /// <param name="edgeMarks">The mark of each edge, or -1.</param>
    public static Drawing? TryArrange(
        Dag dag, bool[] visible, int[] order, int[] position, bool folds, IReadOnlyList<DrawingMark> marks, int[] nodeMarks,
        int[] edgeMarks)
    {
        for (int node = 0; node < visible.Length; node++)
        {
            if (visible[node] && dag.ScopeOf(node) is not { Phase: not null, Stage: not null })
                return null;
        }

        SlideFolding[] tries =
        [
            new(folds, false, false), new(true, false, false), new(true, true, false), new(true, false, false, SlideLines.Few),
            new(true, true, false, SlideLines.Few), new(true, false, false, SlideLines.One), new(true, true, false, SlideLines.One),
            new(true, true, true), new(true, true, true, SlideLines.Few), new(true, true, true, Ends: true),
            new(true, true, true, SlideLines.Few, Ends: true), new(true, true, true, SlideLines.One, Ends: true),
        ];
        foreach (SlideFolding folding in tries)
        {
            SlideContent? content = SlideContent.TryRead(dag, visible, order, position, folding, edgeMarks);
            if (content is null)
                return null;
            if (new SlideLayout(dag, content, folding.Lines, marks, nodeMarks).TryArrange() is Drawing drawing)
                return drawing;
        }

        return null;
    }

    // The widest boxes with which everything fits: each frame in a column of its own, else short stages below each other.
    private Drawing? TryArrange() => TryArrange(Stacking.None) ?? TryArrange(Stacking.Tight) ?? TryArrange(Stacking.Loose);

    private Drawing? TryArrange(Stacking stacking)
    {
        for (double width = WidestBox; width >= NarrowestBox; width -= BoxStep)
        {
            if (Frames(width, stacking != Stacking.None) is not List<SlideFrame> frames)
                continue;
            SlideColumns.Number(frames, stacking, SlideComposition.RoomForFrames(_content));
            _content.SetWays();
            foreach (SlideFrame frame in frames)
                frame.Lines = new SideLines(frame.Boxes, _content.Links.Where(link => link.Source.Frame == frame));
            if (new SlideComposition(_dag, _content, frames, _marks, _nodeMarks).TryCompose() is Drawing drawing)
                return drawing;
        }

        return null;
    }

    private List<SlideFrame>? Frames(double width, bool stacked)
    {
        var headings = new Headings(_dag);
        var frames = new List<SlideFrame>();
        foreach (StageContent stage in _content.Stages)
        {
            double own = stage.Boxes.Count <= SlideColumns.SparseBoxes ? Math.Max(NarrowestSparse, width * SparsePart) : width;
            double room = own + SlideComposition.HeadingOverhang;
            double heading = headings.ForStage(stage.Group, continued: false, room, SlideComposition.StageSize).Height;
            double height = SlideComposition.RoomForBoxes(_content) - heading;
            SetBoxes(stage, own, height, stacked);
            if (SlideColumns.Cut(stage, height, stacked) is not List<SlideFrame> cut)
                return null;
            foreach (SlideFrame frame in cut)
            {
                frame.LeastHeight = SlideComposition.HeightBelow(heading) + frame.ContentHeight;
                frame.Reach = frame.LeastHeight - SlideFrame.HeightOf([.. stage.Boxes.Skip(stage.Sends)]);
            }

            frames.AddRange(cut);
        }

        return frames;
    }

    // A stage in which names have room is not set as sparingly as others.
    private void SetBoxes(StageContent stage, double width, double height, bool stacked)
    {
        foreach (SlideLines lines in _lines == SlideLines.One && !stacked ? [SlideLines.Few, SlideLines.One] : (SlideLines[])[_lines])
        {
            foreach (SlideBox box in stage.Boxes)
                _labels.Set(box, width, lines);
            if (SlideFrame.HeightOf(stage.Boxes) + SlideFrame.LayersHeight <= height)
                break;
        }
    }
}

/// <summary>How sparingly a slide is drawn.</summary>
/// <param name="Stages">Stages and micro-batches that are alike are drawn once.</param>
/// <param name="Layers">Layers that another stage draws are a note.</param>
/// <param name="Blocks">All operators of a layer are one block.</param>
/// <param name="Lines">How many lines of text blocks have.</param>
/// <param name="Ends">
/// What comes before the layers of a stage is one block, what comes after them another, hand-offs of caches a third.
/// </param>
internal sealed record SlideFolding(bool Stages, bool Layers, bool Blocks, SlideLines Lines = SlideLines.Any, bool Ends = false);

/// <summary>Whether short stages share a column.</summary>
internal enum Stacking
{
    /// <summary>None do.</summary>
    None,

    /// <summary>As many as may fit.</summary>
    Tight,

    /// <summary>Only as many as fit wherever lines from the column before enter.</summary>
    Loose,
}

/// <summary>How many lines of text the blocks of a slide have.</summary>
internal enum SlideLines
{
    /// <summary>As many as there is to say.</summary>
    Any,

    /// <summary>One, more where the name would be cut.</summary>
    Few,

    /// <summary>One.</summary>
    One,
}
