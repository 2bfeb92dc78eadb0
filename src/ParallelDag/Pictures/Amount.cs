using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Pictures;

/// <summary>Amounts in three significant digits with a unit that people say.</summary>
internal static class Amount
{
    /// <summary><c>1.95 GiB</c>.</summary>
    public static string Bytes(Int128 bytes) => Quantity.FormatBytes((long)Int128.Min(bytes, long.MaxValue));

    /// <summary><c>52 ns</c>, <c>172 us</c>, <c>1.38 ms</c>, <c>19 s</c>.</summary>
    public static string Seconds(double seconds) => Quantity.FormatSeconds(seconds);

    /// <summary><c>GPU 0</c>, <c>GPUs 0-15</c>.</summary>
    public static string Gpus(GpuSet gpus) => gpus.Named;

    /// <summary><c>31 %</c>; what is something but less than half of a per cent is <c>under 1 %</c>.</summary>
    public static string Share(double share) =>
        share > 0 && share < 0.005 ? "under 1 %" : Words.Invariant($"{100 * share:0} %");
}
