namespace ParallelDag.Pictures.Canvas;

/// <summary>A rectangle of a sheet, in pixels from its upper left corner.</summary>
/// <param name="X">Left side.</param>
/// <param name="Y">Upper side.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    /// <summary>Right side.</summary>
    public double Right => X + Width;

    /// <summary>Lower side.</summary>
    public double Bottom => Y + Height;

    /// <summary>The box, smaller by as much on every side.</summary>
    public Box Inset(double by) => Inset(by, by);

    /// <summary>The box, smaller by as much on the left and right, above and below.</summary>
    public Box Inset(double across, double down) => new(X + across, Y + down, Width - (2 * across), Height - (2 * down));

    /// <summary>Cell <paramref name="index"/> of <paramref name="count"/> equal columns with gaps between them.</summary>
    public Box Column(int index, int count, double gap = 0)
    {
        double width = (Width - (gap * (count - 1))) / count;
        return new Box(X + (index * (width + gap)), Y, width, Height);
    }

    /// <summary>Cell <paramref name="index"/> of <paramref name="count"/> equal rows with gaps between them.</summary>
    public Box Row(int index, int count, double gap = 0)
    {
        double height = (Height - (gap * (count - 1))) / count;
        return new Box(X, Y + (index * (height + gap)), Width, height);
    }
}
