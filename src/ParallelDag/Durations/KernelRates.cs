using ParallelDag.Formulas;

namespace ParallelDag.Durations;

/// <summary>What a class of kernels costs on a GPU: <see cref="KernelEfficiency"/> multiplied out with the GPU's rates.</summary>
/// <param name="SecondsPerFlop">1/(P*ec); 0 where operations do not count.</param>
/// <param name="SecondsPerByte">1/(BW*em).</param>
/// <param name="Latency">t0, with what a launch adds.</param>
/// <param name="Half">The extent at which half of ec is reached.</param>
internal readonly record struct KernelRates(double SecondsPerFlop, double SecondsPerByte, double Latency, double Half)
{
    /// <summary>Seconds of the operations.</summary>
    public double ComputeSeconds(double flops, double extent) => Compute<Real>(flops, extent).Number;

    /// <summary>Seconds of the bytes.</summary>
    public double MemorySeconds(double hbmBytes) => Memory<Real>(hbmBytes).Number;

    /// <summary>Seconds of the operations as a formula.</summary>
    public T Compute<T>(double flops, double extent)
        where T : IReal<T>
    {
        T seconds = T.Real(flops, "FLOP") * T.Real(SecondsPerFlop, "1/(P x ec)");
        return Half > 0 && extent > 0 ? seconds * ((T.Real(extent, "x") + T.Real(Half, "half")) / T.Real(extent, "x")) : seconds;
    }

    /// <summary>Seconds of the bytes as a formula.</summary>
    public T Memory<T>(double hbmBytes)
        where T : IReal<T> => T.Real(hbmBytes, "bytes") * T.Real(SecondsPerByte, "1/(BW x em)");

    /// <summary>The longer of both as a formula.</summary>
    public T Work<T>(double flops, double hbmBytes, double extent)
        where T : IReal<T> => T.Larger(Compute<T>(flops, extent), Memory<T>(hbmBytes));

    /// <summary>Seconds of a kernel.</summary>
    public double Seconds(double flops, double hbmBytes, double extent) =>
        Work<Real>(flops, hbmBytes, extent).Number + Latency;
}
