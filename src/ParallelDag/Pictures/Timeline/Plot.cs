using ParallelDag.Pictures.Canvas;

namespace ParallelDag.Pictures.Timeline;

/// <summary>Where time runs on the sheet: names on the left, bars from <see cref="Left"/> to <see cref="Right"/>.</summary>
/// <param name="Names">Where names begin.</param>
/// <param name="Left">Where bars begin.</param>
/// <param name="Pixels">How wide the bars of the whole time are.</param>
internal sealed record Plot(double Names, double Left, int Pixels)
{
    private const double NamesWidth = 192;

    /// <summary>The plot of a room.</summary>
    public static Plot In(Box room) => new(room.X, room.X + NamesWidth, (int)(room.Width - NamesWidth));

    /// <summary>Where bars end.</summary>
    public double Right => Left + Pixels;

    /// <summary>The room of a name.</summary>
    public double NameRoom => Left - Names - 10;

    /// <summary>The whole width.</summary>
    public double Width => Right - Names;

    /// <summary>Where a stretch of time lies.</summary>
    public (double X, double Width) Place(long all, long start, long finish) =>
        (Left + (start * (double)Pixels / all), (finish - start) * (double)Pixels / all);
}
