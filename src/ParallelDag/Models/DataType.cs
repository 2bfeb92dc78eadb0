namespace ParallelDag;

/// <summary>The element type of weights, activations and KV cache.</summary>
public enum DataType
{
    /// <summary>bfloat16, 2 bytes.</summary>
    Bf16,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    Fp16,

    /// <summary>IEEE single precision, 4 bytes.</summary>
    Fp32,

    /// <summary>8-bit floating point, 1 byte.</summary>
    Fp8,
}

/// <summary>Sizes of element types.</summary>
public static class DataTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this DataType type) => type switch
    {
        DataType.Fp32 => 4,
        DataType.Fp8 => 1,
        _ => 2,
    };
}
