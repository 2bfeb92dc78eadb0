using ParallelDag.Graphs;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// <c>num_ops</c> and <c>tensor_size</c> of a computation: the FLOPs and HBM bytes of its node. A simulator times it by the roofline
/// max(ops / peak, bytes / bandwidth) in whole nanoseconds and hangs on 0 of either, so what takes less than one gets the bytes of one.
/// </summary>
internal sealed class WorkSizes
{
    private readonly double _peak;
    private readonly double _bandwidth;

    /// <summary>Takes the roofline of a device.</summary>
    public WorkSizes(DeviceProfile gpu, double peak)
    {
        _peak = peak;
        _bandwidth = gpu.MemoryBandwidth;
        BytesOfNanosecond = (ulong)Math.Max(1, Math.Ceiling((decimal)gpu.MemoryBandwidth / 1_000_000_000));
    }

    /// <summary>The bytes that memory moves in a nanosecond, rounded up.</summary>
    public ulong BytesOfNanosecond { get; }

    /// <summary>The sizes of a node.</summary>
    /// <exception cref="OverflowException">More than 2^64 operations on one GPU.</exception>
    public (ulong Operations, ulong Bytes) Of(NodeFacts facts)
    {
        ulong operations = Math.Max(1, decimal.ToUInt64(facts.Flops));
        double seconds = Math.Max(operations / _peak, facts.HbmBytes / _bandwidth);
        return (operations, seconds < 1e-9 ? BytesOfNanosecond : Math.Max(1, (ulong)facts.HbmBytes));
    }
}
