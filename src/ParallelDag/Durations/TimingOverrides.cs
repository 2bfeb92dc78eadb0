using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>A device's table with what a plan says in its place.</summary>
internal static class TimingOverrides
{
    /// <summary>What vLLM and TensorRT-LLM run for 8-bit experts without DeepGEMM.</summary>
    private static readonly KernelEfficiency StockExperts = new(KernelClass.Experts, .20, .80, 30e-6, 32)
    {
        Rate = PeakRate.Bits8, Source = "fitted to the fused MoE kernels of vLLM and TensorRT-LLM in AIConfigurator 095f58a", Error = .20,
    };

    /// <summary>The table in use.</summary>
    public static DeviceTiming Apply(DeviceTiming device, TimingSpec timing)
    {
        if (timing.Kernels == KernelChoice.Stock)
            device = device with { Kernels = [StockExperts, .. device.Kernels] };
        KernelEfficiency[] kernels = [.. timing.Efficiencies.Select(row => row.Over(device.Kernel(row.Kernel, row.Rate
            ?? PeakRate.Bits16)))];
        CollectiveKind[] replaced = [.. timing.Lines.Select(line => line.Collective).Distinct()];
        return device with
        {
            Kernels = [.. kernels, .. device.Kernels],
            Lines = [.. timing.Lines, .. device.Lines.Where(line => !replaced.Contains(line.Collective))],
        };
    }
}
