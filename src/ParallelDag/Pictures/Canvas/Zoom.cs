namespace ParallelDag.Pictures.Canvas;

/// <summary>How what is drawn in smaller units lies on the sheet: enlarged about a fixed point.</summary>
/// <param name="X">The fixed point, from the left.</param>
/// <param name="Y">The fixed point, from above.</param>
/// <param name="Factor">How much larger, 1 for as drawn.</param>
internal readonly record struct Zoom(double X, double Y, double Factor)
{
    /// <summary>As drawn.</summary>
    public static readonly Zoom None = new(0, 0, 1);

    /// <summary>The factor at which something of a height, at its plain size, fills a room: at least 1, at most
    /// <paramref name="most"/>, in tenths, so that sizes of text are as exact as they are written.</summary>
    public static double Filling(double height, double room, double most) =>
        Math.Clamp(Math.Floor(10 * room / Math.Max(1, height)) / 10, 1, most);

    /// <summary>Where a distance from the left lies.</summary>
    public double Across(double x) => X + ((x - X) * Factor);

    /// <summary>Where a distance from above lies.</summary>
    public double Down(double y) => Y + ((y - Y) * Factor);

    /// <summary>Where a box lies.</summary>
    public Box Of(Box box) => new(Across(box.X), Down(box.Y), box.Width * Factor, box.Height * Factor);
}
