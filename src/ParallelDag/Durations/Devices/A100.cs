using ParallelDag.Graphs;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>A100 with 80 GB. No 8-bit floating point.</summary>
internal static class A100
{
    public static DeviceTiming Table { get; } = new()
    {
        Name = "A100-SXM-80GB",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .78, .75, 7, 0, 10),
            Kernel(KernelClass.AttentionPrefill, .55, .85, 20, 500, 8.5, Fit + "; two stacks, 5 and 12 %"),
            Kernel(KernelClass.AttentionDecode, .60, .75, 20, 0, 13),
            Kernel(KernelClass.LatentDecode, .60, .75, 20, 0, null, Guess + ": as attentionDecode"),
            Kernel(KernelClass.Experts, .25, .80, 60, 0, 34, Fit + "; skewed loads only"),
            Elementwise(),
            Recurrent(micros: 15),
        ],
        Lines =
        [
            .. Engine((4.9, .12, .57), (7.6, .92, .64)),
            .. Rings(CollectiveKind.AllReduce, (9.0, 1.82, .20), (36.6, 0, .65), LineScope.Network),
            .. Rings(CollectiveKind.AllGather, (10.7, .61, .22), (44, 0, .63)),
            .. Rings(CollectiveKind.ReduceScatter, (9.0, .84, .22), (39.8, .42, .67)),
            .. Rings(CollectiveKind.AllToAll, (12.2, .17, .22), (33.4, .13, .62)),
            SendReceive(),
        ],
    };
}
