using ParallelDag.Graphs;
using ParallelDag.Precisions;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>B200 SXM. In-switch sums were not fitted.</summary>
internal static class B200
{
    public static DeviceTiming Table { get; } = new()
    {
        Name = "B200-SXM-180GB",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .68, .75, 3, 0, 10, rate: PeakRate.Bits16),
            Kernel(KernelClass.Gemm, .45, .65, 6, 0, 14, rate: PeakRate.Bits8),
            Kernel(KernelClass.AttentionPrefill, .60, .85, 15, 700, 13, Fit + "; em assumed"),
            Kernel(KernelClass.AttentionDecode, .73, .90, 8, 0, 11),
            Kernel(KernelClass.LatentDecode, .60, .85, 18, 0, null, Guess + ": as on H100"),
            Kernel(KernelClass.Experts, .45, .80, 30, 0, 24, Fit + ", TensorRT-LLM", PeakRate.Bits16),
            Kernel(KernelClass.Experts, .60, .80, 20, 150, null, Guess + ": grouped matrix products of DeepGEMM's class", PeakRate.Bits8),
            Elementwise(),
            Recurrent(),
        ],
        Lines =
        [
            .. Engine((6.8, .10, .19), (19, 0, .65)),
            .. Rings(CollectiveKind.AllReduce, (7.3, 2.54, .30), (25.9, 5.58, .73), LineScope.Network),
            .. Rings(CollectiveKind.AllGather, (7.4, 1.23, .23), (20.8, 5.2, .68)),
            .. Rings(CollectiveKind.ReduceScatter, (7.5, 1.21, .25), (17.7, 4.52, .64)),
            .. Rings(CollectiveKind.AllToAll, (9.2, .13, .02), (15.7, .05, .52)),
            SendReceive(),
        ],
    };
}
