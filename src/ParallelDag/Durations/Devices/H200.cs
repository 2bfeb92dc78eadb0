using ParallelDag.Graphs;
using ParallelDag.Precisions;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>H200 SXM: an H100 with faster memory; what was not measured on it is taken from there.</summary>
internal static class H200
{
    private const string AsH100 = Guess + ": as on H100";

    public static DeviceTiming Table { get; } = new()
    {
        Name = "H200-SXM-141GB",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .78, .85, 4, 0, 8, rate: PeakRate.Bits16),
            Kernel(KernelClass.Gemm, .55, .75, 6, 0, 16, rate: PeakRate.Bits8),
            Kernel(KernelClass.AttentionPrefill, .61, .85, 12, 600, 9, Fit + "; em assumed"),
            Kernel(KernelClass.AttentionDecode, .73, .85, 10, 0, 10),
            Kernel(KernelClass.LatentDecode, .60, .85, 18, 0, null, AsH100),
            Kernel(KernelClass.Experts, .50, .85, 30, 128, null, AsH100, PeakRate.Bits16),
            Kernel(KernelClass.Experts, .70, .82, 20, 150, null, AsH100, PeakRate.Bits8),
            Elementwise(),
            Recurrent(),
        ],
        Lines =
        [
            .. Engine((4.4, .04, .59), (8.3, .04, .74)),
            InSwitch(67, .657, null, AsH100),
            .. Rings(CollectiveKind.AllReduce, (5.2, 1.52, .36), (19.5, 1.52, .76), LineScope.Network),
            .. Rings(CollectiveKind.AllGather, (4.8, .91, .24), (23.6, 0, .70)),
            .. Rings(CollectiveKind.ReduceScatter, (4.7, .81, .26), (17.7, 0, .68)),
            .. Rings(CollectiveKind.AllToAll, (6.2, .27, .05), (12.2, .2, .65)),
            SendReceive(),
        ],
    };
}
