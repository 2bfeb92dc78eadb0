using ParallelDag.Collections;
using ParallelDag.Precisions;

namespace ParallelDag.Search;

/// <summary>Where a search looks, and what it shows.</summary>
public sealed record SearchOptions
{
    /// <summary>How requests are served: disaggregated, aggregated, or both.</summary>
    public ValueList<ServingMode> Modes { get; init; } = [ServingMode.Disaggregated, ServingMode.Aggregated];

    /// <summary>The only degrees of tp, pp, sp, dp and ep; null: all that the model and the domains of the cluster allow.</summary>
    public ValueList<int>? Degrees { get; init; }

    /// <summary>
    /// How attention outputs may leave tensor parallelism; null: by All-Reduce, as engines do, and by Reduce-Scatter where experts are
    /// spread over tensor-parallel ranks.
    /// </summary>
    public ValueList<AttentionOutput>? AttentionOutputs { get; init; }

    /// <summary>
    /// The formats of weights and activations that are tried, each for the whole model as its <c>dtype</c>; null: as the model has it.
    /// </summary>
    public ValueList<NumberFormat>? Precisions { get; init; }

    /// <summary>What is to be as large as fits, in place of a goal; null: the goal decides.</summary>
    public SearchFit? Fit { get; init; }

    /// <summary>What is best.</summary>
    public SearchGoal Goal { get; init; }

    /// <summary>How many candidates are told; all Pareto points are known beside them.</summary>
    public int Top { get; init; } = 10;

    /// <summary>True to tell every range of rejected candidates too.</summary>
    public bool IncludeRejected { get; init; }

    /// <summary>Keys that the changes of a plan leave as they are: <c>tp</c>, <c>order</c>.</summary>
    public ValueList<string> Keep { get; init; } = [];

    /// <summary>The price of a GPU for an hour, in any currency; null: costs are not told.</summary>
    public double? PricePerGpuHour { get; init; }

    /// <summary>How many threads work; null: as many as there are cores. The answer is the same.</summary>
    public int? Threads { get; init; }

    /// <summary>True to look at the smallest batch of each strategy alone.</summary>
    internal bool SmallestBatch { get; init; }

    /// <summary>True to price every batch of every strategy, as a check of what is pruned.</summary>
    internal bool Exhaustive { get; init; }

    /// <summary>What loops on several threads are run with.</summary>
    internal ParallelOptions Parallel(CancellationToken cancellation = default) => new()
    {
        CancellationToken = cancellation, MaxDegreeOfParallelism = Threads ?? Environment.ProcessorCount,
    };
}
