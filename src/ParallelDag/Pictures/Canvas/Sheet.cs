using ParallelDag.Layouts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Canvas;

/// <summary>
/// A picture of one screen or one slide: 1600 x 1000 pixels, text of at least 11. Marks are kept as values, so that what is on a sheet can
/// be tested before anything is written.
/// </summary>
internal sealed class Sheet(string title, string description)
{
    public const double Width = 1600, Height = 1000;

    /// <summary>The smallest text, in pixels.</summary>
    public const double SmallestText = 11;

    /// <summary>Free space at the four sides.</summary>
    public const double Margin = 24;

    private readonly List<Mark> _marks = [];
    private Zoom _zoom = Zoom.None;

    /// <summary>The heading.</summary>
    public string Title { get; } = title;

    /// <summary>What the picture shows, for those who hear it.</summary>
    public string Description { get; } = description;

    /// <summary>What is on it, from back to front.</summary>
    public IReadOnlyList<Mark> Marks => _marks;

    /// <summary>The space below the heading.</summary>
    public static Box Body => new(Margin, 84, Width - (2 * Margin), Height - 84 - Margin);

    /// <summary>Puts what is added until disposal into a group.</summary>
    public IDisposable Group(string spoken, params IReadOnlyList<(string Name, string Value)> keys)
    {
        _marks.Add(new GroupStart(OneLine.Of(spoken), keys));
        return new Closer(() => _marks.Add(new GroupEnd()));
    }

    /// <summary>Draws what is added until disposal larger, so that a plan of few stages fills the sheet as one of many does.</summary>
    /// <param name="part">The part of the sheet that is filled.</param>
    /// <param name="factor">How much larger.</param>
    /// <param name="room">The part in the smaller units that what is added is drawn in.</param>
    public IDisposable Enlarge(Box part, double factor, out Box room)
    {
        Zoom outer = _zoom;
        _zoom = new Zoom(part.X, part.Y, factor);
        room = part with { Width = part.Width / factor, Height = part.Height / factor };
        return new Closer(() => _zoom = outer);
    }

    public void Rect(Box box, Ink? fill, Ink? line = null, double width = 1, double radius = 0) =>
        Add(new RectMark(box, fill, line, width, radius));

    public void Add(Mark mark) => _marks.Add(_zoom.Factor == 1 ? mark : mark.Enlarged(_zoom));

    public void Line(Ink ink, double width, params double[] points) => Add(new LineMark(points, ink, width));

    /// <summary>Text that is cut where it is longer than its room.</summary>
    public void Text(string text, double x, double y, double room, TextLook look) => Add(
        new TextMark(TextWrapping.Shorten(OneLine.Of(text), room, look.Size, look.Bold), x, y, look, room));

    /// <summary>The first of several wordings that fits, else the last, cut.</summary>
    public void Text(IReadOnlyList<string> wordings, double x, double y, double room, TextLook look) =>
        Text(wordings.FirstOrDefault(text => Fits(text, room, look)) ?? wordings[^1], x, y, room, look);

    /// <summary>The first of several wordings that fits; nothing where none does.</summary>
    public void TextIfFits(IReadOnlyList<string> wordings, double x, double y, double room, TextLook look)
    {
        if (wordings.FirstOrDefault(text => text.Length > 0 && Fits(text, room, look)) is string fits)
            Text(fits, x, y, room, look);
    }

    /// <summary>Text in lines of a width.</summary>
    /// <returns>The base line after the last one.</returns>
    public double Lines(string text, double x, double y, double room, TextLook look, int most = 2)
    {
        double leading = look.Size * 1.35;
        foreach (string line in Paragraph.Wrap(text, room, look, most))
        {
            Text(line, x, y, room, look);
            y += leading;
        }

        return y;
    }

    /// <summary>True when a text fits a room.</summary>
    public static bool Fits(string text, double room, TextLook look) => FontMetrics.Width(text, look.Size, look.Bold) <= room;

    private sealed class Closer(Action close) : IDisposable
    {
        public void Dispose() => close();
    }
}
