using ParallelDag.Graphs;
using ParallelDag.Precisions;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>Which table a GPU of the catalogue reads: its own, that of the nearest measured one, or a guess for any GPU.</summary>
internal static class DeviceTimings
{
    private static readonly (string Beginning, DeviceTiming Table, bool Links)[] Known =
    [
        ("A100-SXM", A100.Table, true), ("A100-PCIe", A100.Table, false),
        ("H100-SXM", H100.Table, true), ("H800-SXM", H100.Table, true), ("H20-SXM", H100.Table, true), ("H100", H100.Table, false),
        ("H200-SXM", H200.Table, true), ("H200", H200.Table, false),
        ("B200", B200.Table, true), ("B300", B200.Table, true), ("GB200", B200.Table, true), ("GB300", B200.Table, true),
        ("MI3", MI300X.Table, true),
    ];

    /// <summary>Any GPU: what a well-tuned kernel reaches of a data sheet; links as a ring at full rate.</summary>
    public static DeviceTiming Any { get; } = new()
    {
        Name = "any GPU",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .70, .80, 5, 0, null, Guess, PeakRate.Bits16),
            Kernel(KernelClass.Gemm, .50, .75, 6, 0, null, Guess, PeakRate.Bits8),
            Kernel(KernelClass.AttentionPrefill, .55, .80, 15, 700, null, Guess),
            Kernel(KernelClass.AttentionDecode, .60, .75, 12, 0, null, Guess),
            Kernel(KernelClass.LatentDecode, .55, .75, 18, 0, null, Guess),
            Kernel(KernelClass.Experts, .40, .80, 40, 128, null, Guess, PeakRate.Bits16),
            Kernel(KernelClass.Experts, .50, .80, 30, 150, null, Guess, PeakRate.Bits8),
            Elementwise(),
            Recurrent(.70, 12),
        ],
    };

    /// <summary>The table of a device; the lines only where the cluster's fast links are the device's own.</summary>
    public static DeviceTiming Of(DeviceProfile gpu, double linkBandwidth)
    {
        foreach ((string beginning, DeviceTiming timing, bool links) in Known)
        {
            if (gpu.Name.StartsWith(beginning, StringComparison.Ordinal))
                return links && linkBandwidth == gpu.LinkBandwidth ? timing : timing with { Lines = [] };
        }

        return Any;
    }
}
