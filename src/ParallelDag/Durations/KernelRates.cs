namespace ParallelDag.Durations;

/// <summary>What a class of kernels costs on a GPU: <see cref="KernelEfficiency"/> multiplied out with the GPU's rates.</summary>
/// <param name="SecondsPerFlop">1/(P*ec); 0 where operations do not count.</param>
/// <param name="SecondsPerByte">1/(BW*em).</param>
/// <param name="Latency">t0, with what a launch adds.</param>
/// <param name="Half">The extent at which half of ec is reached.</param>
internal readonly record struct KernelRates(double SecondsPerFlop, double SecondsPerByte, double Latency, double Half)
{
    /// <summary>Seconds of the operations.</summary>
    public double ComputeSeconds(double flops, double extent) =>
        Half > 0 && extent > 0 ? flops * SecondsPerFlop * ((extent + Half) / extent) : flops * SecondsPerFlop;

    /// <summary>Seconds of a kernel.</summary>
    public double Seconds(double flops, double hbmBytes, double extent) =>
        Math.Max(ComputeSeconds(flops, extent), hbmBytes * SecondsPerByte) + Latency;
}
