using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>The rows of efficiencies as plans call them: a class, and its format where a device has a row for each.</summary>
public static class KernelNames
{
    /// <summary>Every row with its name.</summary>
    public static IReadOnlyList<(string Name, KernelClass Kernel, PeakRate? Rate)> All { get; } = Array.AsReadOnly<(string, KernelClass,
        PeakRate?)>(
    [
        ("gemm", KernelClass.Gemm, PeakRate.Bits16),
        ("gemmFp8", KernelClass.Gemm, PeakRate.Bits8),
        ("attentionPrefill", KernelClass.AttentionPrefill, null),
        ("attentionDecode", KernelClass.AttentionDecode, null),
        ("mlaDecode", KernelClass.LatentDecode, null),
        ("recurrent", KernelClass.Recurrent, null),
        ("experts", KernelClass.Experts, PeakRate.Bits16),
        ("expertsFp8", KernelClass.Experts, PeakRate.Bits8),
        ("elementwise", KernelClass.Elementwise, null),
    ]);

    /// <summary>The name of a row.</summary>
    public static string Of(KernelClass kernel, PeakRate? rate) =>
        All.FirstOrDefault(row => row.Kernel == kernel && (row.Rate is null || (rate ?? PeakRate.Bits16) == row.Rate)).Name ?? "none";
}
