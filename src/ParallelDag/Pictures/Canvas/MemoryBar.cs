using ParallelDag.Plans;

namespace ParallelDag.Pictures.Canvas;

/// <summary>A bar of what a GPU holds: weights, cache, activations, then what is free of its capacity; beyond the capacity it is
/// red.</summary>
internal static class MemoryBar
{
    /// <summary>Draws it so that its width is the capacity, or all that is held where that is more.</summary>
    public static void Draw(Sheet sheet, Box box, GpuMemory memory, long capacity)
    {
        double whole = Math.Max(Math.Max(memory.TotalBytes, capacity), 1);
        sheet.Rect(box, Ink.Empty);
        double x = box.X;
        foreach ((long bytes, Ink ink) in new[] { (memory.WeightBytes, Ink.Weights), (memory.CacheBytes, Ink.Cache),
            (memory.ActivationBytes, Ink.Activations) })
        {
            double width = box.Width * bytes / whole;
            if (bytes > 0)
                sheet.Rect(box with { X = x, Width = Math.Min(Math.Max(width, 0.5), box.Right - x) }, ink);
            x += width;
        }

        bool over = memory.TotalBytes > capacity;
        if (over)
        {
            double edge = box.X + (box.Width * capacity / whole);
            sheet.Add(new RectMark(box with { X = edge, Width = box.Right - edge }, Ink.Bad, Ink.Bad, 1, 0) { Opacity = 0.85 });
        }

        sheet.Rect(box, null, over ? Ink.Bad : Ink.Frame, over ? 1.6 : 0.6);
    }
}
