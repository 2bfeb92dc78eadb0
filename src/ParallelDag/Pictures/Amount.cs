using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Pictures;

/// <summary>Amounts in three significant digits with a unit that people say.</summary>
internal static class Amount
{
    /// <summary><c>1.95 GiB</c>.</summary>
    public static string Bytes(Int128 bytes) => Quantity.FormatBytes((long)Int128.Min(bytes, long.MaxValue));

    /// <summary><c>52 ns</c>, <c>172 us</c>, <c>1.38 ms</c>, <c>19 s</c>.</summary>
    public static string Seconds(double seconds)
    {
        (double value, string unit) = seconds switch
        {
            0 => (0, "s"),
            >= 1 => (seconds, "s"),
            >= 1e-3 => (seconds * 1e3, "ms"),
            >= 1e-6 => (seconds * 1e6, "us"),
            _ => (seconds * 1e9, "ns"),
        };
        return value >= 100 ? Words.Invariant($"{value:0} {unit}") : value >= 10 ? Words.Invariant($"{value:0.#} {unit}")
            : Words.Invariant($"{value:0.##} {unit}");
    }

    /// <summary><c>GPU 0</c>, <c>GPUs 0-15</c>.</summary>
    public static string Gpus(GpuSet gpus) => gpus.Count == 1 ? $"GPU {gpus}" : "GPUs " + gpus;

    /// <summary><c>31 %</c>; what is something but less than half of a per cent is <c>under 1 %</c>.</summary>
    public static string Share(double share) =>
        share > 0 && share < 0.005 ? "under 1 %" : Words.Invariant($"{100 * share:0} %");
}
