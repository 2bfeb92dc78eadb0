using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>Numbers of a class of kernels that a plan gives in place of its device's; what is null stays the device's.</summary>
/// <param name="Kernel">The class.</param>
/// <param name="Rate">The format: 8 bits or 16; null where the class has one row for all.</param>
public sealed record EfficiencyOverride(KernelClass Kernel, PeakRate? Rate)
{
    /// <summary>ec, the share of the peak rate.</summary>
    public double? Compute { get; init; }

    /// <summary>em, the share of the memory bandwidth.</summary>
    public double? Memory { get; init; }

    /// <summary>t0 in seconds.</summary>
    public double? Latency { get; init; }

    /// <summary>The size at which half of ec is reached.</summary>
    public double? Half { get; init; }

    /// <summary>The device's row with these numbers in it.</summary>
    public KernelEfficiency Over(KernelEfficiency row) =>
        new(Kernel, Compute ?? row.Compute, Memory ?? row.Memory, Latency ?? row.Latency, Half ?? row.Half) { Rate = Rate,
            Source = "the plan" };
}
