using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations.Devices;

/// <summary>How the tables of devices are written down: microseconds, and the error in percent.</summary>
internal static class TimingRows
{
    /// <summary>Measured tables of AIConfigurator 095f58a (vLLM, SGLang and TensorRT-LLM kernels), to which rows were fitted.</summary>
    public const string Fit = "fitted to the measured tables of AIConfigurator 095f58a";

    /// <summary>A row without a measurement.</summary>
    public const string Guess = "a guess";

    private const double Micro = 1e-6;

    /// <summary>A row that was measured, with its mean error in percent.</summary>
    public static KernelEfficiency Kernel(
        KernelClass kernel, double compute, double memory, double micros, double half, double? errorPercent, string source = Fit,
        PeakRate? rate = null) =>
        new(kernel, compute, memory, micros * Micro, half) { Rate = rate, Source = source, Error = errorPercent / 100 };

    /// <summary>Norms and the like: AIConfigurator's own constants.</summary>
    public static KernelEfficiency Elementwise(double memory = .80, double micros = 3) =>
        Kernel(KernelClass.Elementwise, 1, memory, micros, 0, null, "AIConfigurator's constants for memory-bound operators");

    /// <summary>Cores that are linear in the sequence: nothing is measured.</summary>
    public static KernelEfficiency Recurrent(double memory = .75, double micros = 10) =>
        Kernel(KernelClass.Recurrent, .30, memory, micros, 0, null, Guess + ": chunked scans reach a third of the tensor cores");

    /// <summary>The small-message and the large-message line of a ring.</summary>
    public static IEnumerable<CollectiveLine> Rings(
        CollectiveKind collective, (double A0, double A1, double E) small, (double A0, double A1, double E) large,
        LineScope scope = LineScope.Any,
        string implementation = "NCCL", double? errorPercent = 6.5, string source = Fit)
    {
        foreach ((double a0, double a1, double e) in new[] { small, large })
        {
            yield return new CollectiveLine(collective, LineTraffic.Ring, a0 * Micro, a1 * Micro, e)
            {
                Implementation = implementation, Scope = scope, Source = source, Error = errorPercent / 100,
            };
        }
    }

    /// <summary>An engine's own All-Reduce within a domain: each to each when small, a ring when large.</summary>
    public static IEnumerable<CollectiveLine> Engine(
        (double A0, double A1, double E) small, (double A0, double A1, double E) large, double? errorPercent = 6, string source = Fit)
    {
        var lines = new[] { (small, LineTraffic.OneShot), (large, LineTraffic.Ring) };
        foreach (((double a0, double a1, double e), LineTraffic traffic) in lines)
        {
            yield return new CollectiveLine(CollectiveKind.AllReduce, traffic, a0 * Micro, a1 * Micro, e)
            {
                Implementation = "engine", Scope = LineScope.Domain, Source = source, Error = errorPercent / 100,
            };
        }
    }

    /// <summary>Sums in the switch (NVLink SHARP), for a whole node of eight.</summary>
    public static CollectiveLine InSwitch(double a0, double e, double? errorPercent = 7, string source = Fit) =>
        new(CollectiveKind.AllReduce, LineTraffic.InSwitch, a0 * Micro, 0, e)
        {
            Implementation = "in-switch", LeastMembers = 8, MostMembers = 8, Source = source,
            Error = errorPercent / 100,
        };

    /// <summary>A message from one GPU to another of its domain.</summary>
    public static CollectiveLine SendReceive() =>
        new(CollectiveKind.SendRecv, LineTraffic.One, 8 * Micro, 0, .80) { Source = Guess };
}
