namespace ParallelDag.Engines.Import;

/// <summary>Alike instances that commands start, as a plan tells them.</summary>
internal sealed record ImportedSet
{
    /// <summary>Which phases they serve.</summary>
    public required ServingRole Role { get; init; }

    /// <summary>The strategy of an instance, with as many replicas as there are instances.</summary>
    public required PhaseStrategy Strategy { get; init; }

    /// <summary>Ranks that split decode's cache by token.</summary>
    public int KvParallel { get; init; } = 1;

    /// <summary>Sequences; null when nothing says it.</summary>
    public int? Batch { get; init; }

    /// <summary>Positions of a sequence; null when nothing says it.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The cache's format, as a plan names it; null: that of activations.</summary>
    public string? Cache { get; init; }

    /// <summary>The share of a GPU that the engine may use; null when nothing says it.</summary>
    public decimal? Memory { get; init; }

    /// <summary>GPUs of a node; null when nothing says it.</summary>
    public int? GpusPerNode { get; init; }

    /// <summary>The arguments.</summary>
    public required EngineArguments Arguments { get; init; }
}
