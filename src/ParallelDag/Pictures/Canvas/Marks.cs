using ParallelDag.Layouts;

namespace ParallelDag.Pictures.Canvas;

/// <summary>One thing on a sheet, in the order in which things are painted.</summary>
internal abstract record Mark
{
    /// <summary>The mark as it lies on the sheet where it was drawn in smaller units.</summary>
    public virtual Mark Enlarged(Zoom zoom) => this;
}

/// <summary>The beginning of what belongs together, such as a GPU: a reader hears its title, a page finds it by its keys.</summary>
/// <param name="Title">What it is, in a sentence.</param>
/// <param name="Keys">Names and values of data attributes.</param>
internal sealed record GroupStart(string Title, IReadOnlyList<(string Name, string Value)> Keys) : Mark;

/// <summary>The end of the last group that began.</summary>
internal sealed record GroupEnd : Mark;

/// <summary>A rectangle.</summary>
internal sealed record RectMark(Box Box, Ink? Fill, Ink? Line, double LineWidth, double Radius) : Mark
{
    /// <summary>How solid the filling is.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>True for a filling of slanted lines.</summary>
    public bool Hatched { get; init; }

    /// <summary>True for a dashed line.</summary>
    public bool Dashed { get; init; }

    /// <summary>True for edges that are not smoothed, so that no seams show between narrow neighbours.</summary>
    public bool Sharp { get; init; }

    /// <inheritdoc/>
    public override Mark Enlarged(Zoom zoom) =>
        this with { Box = zoom.Of(Box), LineWidth = LineWidth * zoom.Factor, Radius = Radius * zoom.Factor };
}

/// <summary>An outline through points: an ellipse within a box, or a polygon.</summary>
internal sealed record ShapeMark(Box Box, bool Ellipse, Ink Fill, Ink Line, double LineWidth) : Mark
{
    /// <inheritdoc/>
    public override Mark Enlarged(Zoom zoom) => this with { Box = zoom.Of(Box), LineWidth = LineWidth * zoom.Factor };
}

/// <summary>A line through points, x and y in turn.</summary>
internal sealed record LineMark(double[] Points, Ink Line, double Width) : Mark
{
    /// <summary>Strokes and gaps, as a style sheet has them; empty for a solid line.</summary>
    public string Dashes { get; init; } = "";

    /// <summary>True for an arrow head at the end.</summary>
    public bool Arrow { get; init; }

    /// <inheritdoc/>
    public override Mark Enlarged(Zoom zoom) => this with
    {
        Points = [.. Points.Select((value, index) => index % 2 == 0 ? zoom.Across(value) : zoom.Down(value))],
        Width = Width * zoom.Factor,
    };
}

/// <summary>One line of text within its room.</summary>
/// <param name="Text">As it is shown.</param>
/// <param name="X">Its anchor.</param>
/// <param name="Y">Its base line.</param>
/// <param name="Look">How it is set.</param>
/// <param name="Room">The width that it must not exceed.</param>
internal sealed record TextMark(string Text, double X, double Y, TextLook Look, double Room) : Mark
{
    /// <summary>Its width in the widest font that pictures name.</summary>
    public double Width => FontMetrics.Width(Text, Look.Size, Look.Bold);

    /// <summary>Where it begins.</summary>
    public double Left => Look.Anchor switch
    {
        TextAnchor.Start => X,
        TextAnchor.Middle => X - (Width / 2),
        _ => X - Width,
    };

    /// <inheritdoc/>
    public override Mark Enlarged(Zoom zoom) => this with
    {
        X = zoom.Across(X), Y = zoom.Down(Y), Room = Room * zoom.Factor, Look = Look with { Size = Look.Size * zoom.Factor },
    };
}

/// <summary>How text is set.</summary>
internal readonly record struct TextLook(double Size, Ink Ink, bool Bold = false, TextAnchor Anchor = TextAnchor.Start)
{
    public static readonly TextLook Title = new(24, Ink.Text, Bold: true), Section = new(15, Ink.Text, Bold: true);

    public static readonly TextLook Strong = new(13, Ink.Text, Bold: true), Body = new(13, Ink.Text), Quiet = new(12, Ink.Muted);

    public static readonly TextLook Small = new(11, Ink.Text), SmallQuiet = new(11, Ink.Muted), SmallStrong = new(11, Ink.Text, Bold: true);

    public TextLook In(Ink ink) => this with { Ink = ink };

    public TextLook Centred => this with { Anchor = TextAnchor.Middle };

    public TextLook ToRight => this with { Anchor = TextAnchor.End };
}
