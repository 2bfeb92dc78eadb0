namespace ParallelDag;

/// <summary>The parts of a plan, before validation.</summary>
public sealed record PlanSpec
{
    /// <summary>Letters, digits, <c>_ - .</c> only; it becomes file names.</summary>
    public required string Name { get; init; }

    /// <summary>The engine whose habits stand for keys of the phases that the plan leaves out; null for none.</summary>
    public EngineKind? Engine { get; init; }

    /// <summary>The model.</summary>
    public required ModelSpec Model { get; init; }

    /// <summary>The full path of the config.json that the model was read from, or null.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The cluster.</summary>
    public required ClusterSpec Cluster { get; init; }

    /// <summary>The workload.</summary>
    public required WorkloadSpec Workload { get; init; }

    /// <summary>What the plan says of the speed of GPUs and links.</summary>
    public TimingSpec Timing { get; init; } = TimingSpec.Default;

    /// <summary>What the plan must keep, or null.</summary>
    public LimitsSpec? Limits { get; init; }

    /// <summary>The prefill strategy, or null.</summary>
    public PhaseStrategy? Prefill { get; init; }

    /// <summary>The decode strategy, or null.</summary>
    public PhaseStrategy? Decode { get; init; }
}
