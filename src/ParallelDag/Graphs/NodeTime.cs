namespace ParallelDag;

/// <summary>What a node's time is made of.</summary>
public enum TimeBound
{
    /// <summary>It takes no time.</summary>
    None,

    /// <summary>Floating-point operations.</summary>
    Compute,

    /// <summary>Bytes through the GPU's memory.</summary>
    Memory,

    /// <summary>What a kernel or a message costs however small it is: more than half of the time.</summary>
    Latency,

    /// <summary>Bytes over links between GPUs.</summary>
    Link,
}

/// <summary>How long a node takes, and why.</summary>
/// <param name="Seconds">Seconds.</param>
/// <param name="Bound">What bounds it.</param>
public readonly record struct NodeTime(double Seconds, TimeBound Bound)
{
    /// <summary>The longest time that a file may give a node.</summary>
    internal const double MostSeconds = 1e6;

    private const double PicosecondsPerSecond = 1e12;

    /// <summary>No time.</summary>
    public static NodeTime None => default;

    /// <summary>The seconds as files carry them: plain digits, whole picoseconds.</summary>
    public string Text => (Picoseconds / (decimal)PicosecondsPerSecond).ToString("0.############",
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// The whole picoseconds that simulations count in: rounded once, half to even, at least 1; 0 for what takes no time.
    /// </summary>
    public long Picoseconds => Seconds <= 0 ? 0 : Math.Max(1, (long)Math.Round(Seconds * PicosecondsPerSecond, MidpointRounding.ToEven));
}

/// <summary>Names of bounds, as files carry them.</summary>
public static class TimeBounds
{
    /// <summary><c>compute</c>, <c>memory</c>, <c>latency</c>, <c>link</c>; null for none.</summary>
    public static string? ToName(this TimeBound bound) => bound switch
    {
        TimeBound.Compute => "compute",
        TimeBound.Memory => "memory",
        TimeBound.Latency => "latency",
        TimeBound.Link => "link",
        _ => null,
    };
}
