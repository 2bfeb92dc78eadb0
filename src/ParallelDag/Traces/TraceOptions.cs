namespace ParallelDag;

/// <summary>What a trace shows of a simulation.</summary>
public sealed record TraceOptions
{
    /// <summary>More slices than this are not written unless asked for: a browser gets slow beyond.</summary>
    public const long SliceLimit = 1_000_000;

    /// <summary>The GPUs that are shown; null: all, or one of each stage where all pass <see cref="SliceLimit"/>.</summary>
    public GpuSet? Gpus { get; init; }

    /// <summary>One stage only; null: all.</summary>
    public int? Stage { get; init; }

    /// <summary>These layers only, both ends included; null: all.</summary>
    public (int First, int Last)? Layers { get; init; }

    /// <summary>Writes everything, however large.</summary>
    public bool Unlimited { get; init; }
}
