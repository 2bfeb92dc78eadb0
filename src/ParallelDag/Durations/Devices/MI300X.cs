using ParallelDag.Graphs;
using ParallelDag.Precisions;
using static ParallelDag.Durations.Devices.TimingRows;

namespace ParallelDag.Durations.Devices;

/// <summary>MI300X: matrix products and All-Reduce calibrated on 8 published throughputs, the rest guessed.</summary>
internal static class MI300X
{
    private const string Calibrated =
        "calibrated on 8 rows of ROCm/vllm's published throughputs; 24 other rows are off by 6.6 % on average";

    public static DeviceTiming Table { get; } = new()
    {
        Name = "MI300X-OAM-192GB",
        Kernels =
        [
            Kernel(KernelClass.Gemm, .40, .80, 5, 0, null, Guess, PeakRate.Bits16),
            Kernel(KernelClass.Gemm, .30, .80, 5, 0, 6.6, Calibrated, PeakRate.Bits8),
            Kernel(KernelClass.AttentionPrefill, .40, .70, 15, 800, null, Guess),
            Kernel(KernelClass.AttentionDecode, .50, .70, 12, 0, null, Guess),
            Kernel(KernelClass.LatentDecode, .50, .70, 18, 0, null, Guess),
            Kernel(KernelClass.Experts, .40, .80, 40, 128, null, Guess, PeakRate.Bits16),
            Kernel(KernelClass.Experts, .30, .80, 40, 128, null, Guess, PeakRate.Bits8),
            Elementwise(.70, 4),
            Recurrent(.70, 12),
        ],
        Lines =
        [
            new(CollectiveKind.AllReduce, LineTraffic.OneShot, 16e-6, 0, .45)
            {
                Implementation = "engine", Source = Calibrated, Error = .066,
            },
            new(CollectiveKind.AllReduce, LineTraffic.Ring, 35e-6, 0, .60) { Implementation = "RCCL", Source = Calibrated, Error = .066 },
            .. new[] { CollectiveKind.AllGather, CollectiveKind.ReduceScatter, CollectiveKind.AllToAll }
                .Select(collective => new CollectiveLine(collective, LineTraffic.Ring, 35e-6, 0, .60)
                {
                    Implementation = "RCCL", Source = Guess + ": the ring of the All-Reduce",
                }),
            SendReceive(),
        ],
    };
}
