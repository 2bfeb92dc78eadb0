using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>
/// What is known of the speed of a kind of GPU beyond its data sheet: an efficiency per class of kernels, lines per collective.
/// </summary>
public sealed record DeviceTiming
{
    /// <summary>Whose numbers these are: the profile itself, or the one that it borrows from.</summary>
    public required string Name { get; init; }

    /// <summary>Efficiencies; of two rows for one class and format the first counts.</summary>
    public required IReadOnlyList<KernelEfficiency> Kernels { get; init; }

    /// <summary>Lines of collectives; without any the links of the cluster are taken as a ring at full rate.</summary>
    public IReadOnlyList<CollectiveLine> Lines { get; init; } = [];

    /// <summary>The efficiency of a class at a rate: the row of that format, else that of every format, else the one of 16 bits.</summary>
    public KernelEfficiency Kernel(KernelClass kernel, PeakRate rate)
    {
        PeakRate row = rate switch { PeakRate.Bits4 => PeakRate.Bits8, PeakRate.Bits32 => PeakRate.Bits16, _ => rate };
        return Find(kernel, row) ?? Find(kernel, null) ?? Find(kernel, PeakRate.Bits16)
            ?? throw new InvalidOperationException($"{Name} has no efficiency of {kernel}");
    }

    private KernelEfficiency? Find(KernelClass kernel, PeakRate? rate) =>
        Kernels.FirstOrDefault(row => row.Kernel == kernel && row.Rate == rate);
}
