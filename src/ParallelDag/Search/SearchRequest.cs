using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// What a search is asked for: a model or a plan file, and arguments that take the place of what the file says. What is null is as the
/// file has it.
/// </summary>
public sealed record SearchRequest
{
    /// <summary>The plan file, with or without strategies; null for a model alone.</summary>
    public PlanSpec? Plan { get; init; }

    /// <summary>The name of plans that are found, of a model alone.</summary>
    public string Name { get; init; } = "model";

    /// <summary>The model; needed without a plan.</summary>
    public ModelSpec? Model { get; init; }

    /// <summary>The full path of the config.json of a model alone.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The GPUs.</summary>
    public ClusterSpec? Cluster { get; init; }

    /// <summary>Tokens of a prompt.</summary>
    public int? PromptLength { get; init; }

    /// <summary>Tokens of an output.</summary>
    public int? OutputLength { get; init; }

    /// <summary>Limits; what is null in them is as the file has it.</summary>
    public LimitsSpec Limits { get; init; } = new();

    /// <summary>What is to be as large as fits; the longest context is found, so no prompt need be given.</summary>
    public SearchFit? Fit { get; init; }

    /// <summary>True where arguments ask for what the file does not say: plans are searched anew in place of changes of its own.</summary>
    public bool AsksAnew =>
        Cluster is not null || PromptLength is not null || OutputLength is not null || !Limits.IsEmpty || Fit is not null;

    /// <summary>What neither says: <c>cluster</c>, <c>promptLength</c>, <c>outputLength</c>.</summary>
    public IReadOnlyList<string> Missing =>
    [
        .. Plan is null && Cluster is null ? ["cluster"] : (string[])[],
        .. Plan is null && PromptLength is null && Fit != SearchFit.Context ? ["promptLength"] : (string[])[],
        .. Plan is null && OutputLength is null ? ["outputLength"] : (string[])[],
    ];

    /// <summary>The problem.</summary>
    /// <exception cref="InputException">Something is missing.</exception>
    public SearchProblem ToProblem()
    {
        if (Missing is [string missing, ..])
            throw new InputException($"a model alone says nothing of {missing}; give it too");
        LimitsSpec known = Plan?.Limits ?? new LimitsSpec();
        WorkloadSpec workload = Plan?.Workload ?? new WorkloadSpec { Batch = 1, PromptLength = 1 };
        return new SearchProblem
        {
            Name = Plan?.Name ?? Name,
            Model = Plan?.Model ?? Model ?? throw new InputException("there is no model to search plans for"),
            ModelFile = Plan is null ? ModelFile : Plan.ModelFile,
            Cluster = Cluster ?? Plan!.Cluster,
            Workload = workload with
            {
                PromptLength = PromptLength ?? workload.PromptLength, OutputLength = OutputLength ?? workload.OutputLength,
            },
            Limits = known with
            {
                Ttft = Limits.Ttft ?? known.Ttft,
                Tpot = Limits.Tpot ?? known.Tpot,
                OutputThroughput = Limits.OutputThroughput ?? known.OutputThroughput,
                TotalThroughput = Limits.TotalThroughput ?? known.TotalThroughput,
            },
            Timing = Plan?.Timing ?? TimingSpec.Default,
        };
    }
}
