namespace ParallelDag.Search;

/// <summary>What a plan is searched for: a model, GPUs, lengths and limits, but no strategy.</summary>
public sealed record SearchProblem
{
    /// <summary>The name of plans that are found.</summary>
    public required string Name { get; init; }

    /// <summary>The model.</summary>
    public required ModelSpec Model { get; init; }

    /// <summary>The full path of the config.json that the model was read from, or null.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The GPUs that there are at most.</summary>
    public required ClusterSpec Cluster { get; init; }

    /// <summary>Lengths of prompts and outputs; its batch is of no account.</summary>
    public required WorkloadSpec Workload { get; init; }

    /// <summary>What plans must keep, or null.</summary>
    public LimitsSpec? Limits { get; init; }

    /// <summary>The speed of GPUs and links.</summary>
    public TimingSpec Timing { get; init; } = TimingSpec.Default;

    /// <summary>The problem that a plan, or what of it there is, answers.</summary>
    public static SearchProblem Of(PlanSpec spec) => new()
    {
        Name = spec.Name, Model = spec.Model, ModelFile = spec.ModelFile, Cluster = spec.Cluster, Workload = spec.Workload,
        Limits = spec.Limits, Timing = spec.Timing,
    };

    /// <summary>
    /// What is best where nobody says it: of an environment, a plan file with limits and no strategy, the fewest GPUs; else throughput.
    /// </summary>
    /// <param name="given">The plan file, or null for a model alone.</param>
    public static SearchGoal GoalOf(PlanSpec? given) =>
        given is { Limits: not null, Prefill: null, Decode: null } ? SearchGoal.Gpus : SearchGoal.Throughput;

    /// <summary>The fewest requests a second and GPU that keep the limits of throughput; 0 without such a limit.</summary>
    internal double LeastRateOfGpu => Math.Max((Limits?.OutputThroughput ?? 0) / Workload.OutputLength,
        (Limits?.TotalThroughput ?? 0) / ((double)Workload.PromptLength + Workload.OutputLength));

    /// <summary>A plan of the problem with strategies in it, as yet without rules.</summary>
    internal PlanSpec With(PhaseStrategy? prefill, PhaseStrategy? decode, ClusterSpec cluster) => new()
    {
        Name = Name, Model = Model, ModelFile = ModelFile, Cluster = cluster,
        Workload = Workload with { Batch = (decode ?? prefill)!.Batch ?? Workload.Batch, MicroBatches = 1 },
        Limits = Limits, Timing = Timing, Prefill = prefill, Decode = decode,
    };
}
