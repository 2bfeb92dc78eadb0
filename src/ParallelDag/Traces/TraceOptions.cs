namespace ParallelDag;

/// <summary>What a trace shows of a simulation.</summary>
public sealed record TraceOptions
{
    /// <summary>How many slices a browser copes with: at some 170 bytes each and two gigabytes at run time it gets slow beyond.</summary>
    public const long DefaultLimit = 1_000_000;

    /// <summary>The GPUs that are shown; null: all, or one of each stage where all pass <see cref="Limit"/>.</summary>
    public GpuSet? Gpus { get; init; }

    /// <summary>One stage only; null: all.</summary>
    public int? Stage { get; init; }

    /// <summary>These layers only, both ends included; null: all.</summary>
    public (int First, int Last)? Layers { get; init; }

    /// <summary>The most slices that are written; <see cref="long.MaxValue"/> writes everything.</summary>
    public long Limit { get; init; } = DefaultLimit;
}
