using ParallelDag.Graphs;
using ParallelDag.Precisions;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>H100 SXM.</summary>
internal static class H100
{
    public static DeviceTiming Table { get; } = new()
    {
        Name = "H100-SXM-80GB",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .80, .85, 4, 0, 6.5, rate: PeakRate.Bits16),
            Kernel(KernelClass.Gemm, .50, .80, 6, 0, 16, rate: PeakRate.Bits8),
            Kernel(KernelClass.AttentionPrefill, .73, .85, 12, 800, 7, Fit + "; em assumed"),
            Kernel(KernelClass.AttentionDecode, .73, .90, 10, 0, 8.5),
            Kernel(KernelClass.LatentDecode, .60, .85, 18, 0, null,
                "by eye on 6 rows of SGLang's table in AIConfigurator, .79 to .97 of measured"),
            Kernel(KernelClass.Experts, .50, .85, 30, 128, 19, Fit + "; median 10 %", PeakRate.Bits16),
            Kernel(KernelClass.Experts, .70, .82, 20, 150, null,
                "grouped matrix products of DeepGEMM's class, by DeepSeek's profile data", PeakRate.Bits8),
            Elementwise(),
            Recurrent(),
        ],
        Lines =
        [
            .. Engine((4.3, .05, .59), (9.0, .03, .74)),
            InSwitch(67, .657),
            .. Rings(CollectiveKind.AllReduce, (5.3, 1.51, .36), (22.7, .87, .76), LineScope.Network),
            .. Rings(CollectiveKind.AllGather, (5.3, .75, .26), (24.5, 0, .68)),
            .. Rings(CollectiveKind.ReduceScatter, (5.2, .76, .33), (18, 0, .66)),
            .. Rings(CollectiveKind.AllToAll, (6.4, .09, .04), (13.2, 0, .63)),
            SendReceive(),
        ],
    };
}
