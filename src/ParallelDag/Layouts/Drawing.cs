using ParallelDag.Graphs;
using ParallelDag.Looks;

namespace ParallelDag.Layouts;

/// <summary>
/// A picture of a DAG as coordinates alone, in pixels from the upper left corner: bands behind, edges over them, nodes in front.
/// What it looks like (colours, strokes, markup) is the writer's part.
/// </summary>
public sealed class Drawing
{
    private readonly double[] _points;

    internal Drawing(Dag dag, DrawnBand[] bands, DrawnNode[] nodes, DrawnEdge[] edges, double[] points)
    {
        Dag = dag;
        Bands = bands;
        Nodes = nodes;
        Edges = edges;
        _points = points;
    }

    /// <summary>The DAG that is drawn.</summary>
    public Dag Dag { get; }

    /// <summary>The width of the picture.</summary>
    public double Width { get; internal init; }

    /// <summary>The height of the picture.</summary>
    public double Height { get; internal init; }

    /// <summary>
    /// How much larger than the text of nodes the picture's title, phase headings and legend are set, so that they can be read from afar.
    /// </summary>
    public double HeadingScale { get; internal init; } = 1;

    /// <summary>Height kept free at the top for the title and the legend.</summary>
    public double HeaderHeight { get; internal init; }

    /// <summary>The title of the picture.</summary>
    public DrawnText? Title { get; internal init; }

    /// <summary>The legend: only what occurs.</summary>
    public IReadOnlyList<LegendEntry> Legend { get; internal init; } = [];

    /// <summary>Phases, stages and layers, outer ones first.</summary>
    public IReadOnlyList<DrawnBand> Bands { get; }

    /// <summary>The nodes in index order.</summary>
    public IReadOnlyList<DrawnNode> Nodes { get; }

    /// <summary>The edges in index order of their sources.</summary>
    public IReadOnlyList<DrawnEdge> Edges { get; }

    /// <summary>Layers, stages and micro-batches of which only the first is drawn; empty when everything is drawn.</summary>
    public IReadOnlyList<FoldedRun> FoldedRuns { get; internal init; } = [];

    /// <summary>What is marked, in the order of the options.</summary>
    public IReadOnlyList<DrawingMark> Marks { get; internal init; } = [];

    /// <summary>The corners of an edge's line as x, y, x, y, ...; every piece is horizontal or vertical.</summary>
    public ReadOnlySpan<double> PointsOf(DrawnEdge edge) => _points.AsSpan(edge.FirstPoint * 2, edge.PointCount * 2);
}

/// <summary>A node in a picture.</summary>
/// <param name="Node">Its index in the DAG.</param>
/// <param name="Shape">Its outline, which touches all four sides of the rectangle.</param>
/// <param name="X">Left side.</param>
/// <param name="Y">Upper side.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
/// <param name="Label">Its text.</param>
/// <param name="Mark">Index in <see cref="Drawing.Marks"/>, or -1.</param>
public readonly record struct DrawnNode(int Node, NodeShape Shape, double X, double Y, double Width, double Height, NodeLabel Label,
    int Mark)
{
    /// <summary>How far the upper side of a parallelogram is moved to the right.</summary>
    public const double Slant = 12;
}

/// <summary>An edge in a picture: a line of horizontal and vertical pieces that ends in an arrow head.</summary>
/// <param name="Edge">Its position in the DAG.</param>
/// <param name="Source">The node at which the line begins.</param>
/// <param name="Target">The node at which it ends. (Where layers are folded away, the node that stands for the true end.)</param>
/// <param name="Kind">What the edge stands for.</param>
/// <param name="FirstPoint">Its first corner.</param>
/// <param name="PointCount">How many corners it has, both ends included.</param>
/// <param name="Mark">Index in <see cref="Drawing.Marks"/>, or -1.</param>
/// <param name="Label">The text on the edge where it is to be shown, else null.</param>
public readonly record struct DrawnEdge(int Edge, int Source, int Target, EdgeKind Kind, int FirstPoint, int PointCount, int Mark,
    DrawnText? Label);

/// <summary>What a band stands for.</summary>
public enum BandKind
{
    /// <summary>Prefill or decode.</summary>
    Phase,

    /// <summary>A pipeline stage, or a part of one where it fills several columns.</summary>
    Stage,

    /// <summary>A layer.</summary>
    Layer,

    /// <summary>Layers that are folded away.</summary>
    Fold,

    /// <summary>Stages that share a column: lines that come from below end at its foot.</summary>
    Column,
}

/// <summary>A rectangle behind nodes, with its heading.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Phase">The phase it belongs to, or null.</param>
/// <param name="Ordinal">Its place among the bands of its kind, for alternating tints.</param>
/// <param name="X">Left side.</param>
/// <param name="Y">Upper side.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
/// <param name="Heading">Its heading; no line crosses it.</param>
public sealed record DrawnBand(BandKind Kind, PhaseId? Phase, int Ordinal, double X, double Y, double Width, double Height,
    IReadOnlyList<DrawnText> Heading);

/// <summary>Where a text stands against its x.</summary>
public enum TextAnchor
{
    /// <summary>x is its left end.</summary>
    Start,

    /// <summary>x is its centre.</summary>
    Middle,

    /// <summary>x is its right end.</summary>
    End,
}

/// <summary>One line of text.</summary>
/// <param name="Text">The text as it is shown.</param>
/// <param name="X">Its anchor.</param>
/// <param name="Y">Its base line.</param>
/// <param name="Size">The font size.</param>
/// <param name="Bold">True for bold text.</param>
/// <param name="Anchor">Which part of the text stands at <paramref name="X"/>.</param>
public sealed record DrawnText(string Text, double X, double Y, double Size, bool Bold, TextAnchor Anchor)
{
    /// <summary>The width of the text.</summary>
    public double Width => FontMetrics.Width(Text, Size, Bold);

    /// <summary>The x at which the text begins.</summary>
    public double Left => Anchor switch
    {
        TextAnchor.Start => X,
        TextAnchor.Middle => X - (Width / 2),
        _ => X - Width,
    };
}

/// <summary>Layers, stages or micro-batches that are not drawn because they equal one that is.</summary>
/// <param name="Phase">Their phase, or null when a file does not tell.</param>
/// <param name="Stage">The stage of what is drawn for them; null when unknown.</param>
/// <param name="Name">What is not drawn: <c>layers 2-15</c>.</param>
/// <param name="Like">What is drawn for it: <c>layer 1</c>.</param>
public sealed record FoldedRun(PhaseId? Phase, int? Stage, string Name, string Like)
{
    /// <summary><c>layers 2-15, as layer 1</c>.</summary>
    public override string ToString() => $"{Name}, as {Like}";
}
