namespace ParallelDag.Precisions;

/// <summary>
/// Which of a device's peak rates bounds an operator: that of the narrowest format of its operands that the device multiplies in.
/// </summary>
public enum PeakRate
{
    /// <summary>16-bit tensor operations (bf16, fp16), and everything that is computed in them after dequantisation.</summary>
    Bits16,

    /// <summary>8-bit tensor operations (fp8, int8).</summary>
    Bits8,

    /// <summary>4-bit tensor operations (MXFP4, NVFP4 with 4-bit activations).</summary>
    Bits4,

    /// <summary>32-bit operations.</summary>
    Bits32,
}

/// <summary>Names of rates, as files carry them.</summary>
public static class PeakRates
{
    /// <summary><c>16-bit</c>, <c>8-bit</c>, <c>4-bit</c>, <c>32-bit</c>.</summary>
    public static string ToName(this PeakRate rate) => rate switch
    {
        PeakRate.Bits8 => "8-bit",
        PeakRate.Bits4 => "4-bit",
        PeakRate.Bits32 => "32-bit",
        _ => "16-bit",
    };
}
