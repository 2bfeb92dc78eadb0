using System.Diagnostics;
using ParallelDag.Durations;

namespace ParallelDag.Search;

/// <summary>
/// Finds plans: prices every strategy of the space at every batch that fits and keeps the limits, matches instances of prefill and decode,
/// and tells of each candidate what became of it. The answer does not depend on the number of threads.
/// </summary>
public static class PlanSearch
{
    /// <summary>Searches.</summary>
    /// <param name="problem">What for.</param>
    /// <param name="options">Where, and what is best.</param>
    /// <param name="progress">Watches and ends it.</param>
    /// <exception cref="InputException">The problem cannot be searched: nothing decodes, or a cost is wanted without a price.</exception>
    /// <exception cref="OperationCanceledException">The search was ended.</exception>
    public static SearchResult Run(SearchProblem problem, SearchOptions? options = null, SearchProgress? progress = null)
    {
        options ??= new SearchOptions();
        progress ??= new SearchProgress();
        Check(problem, options);
        var watch = Stopwatch.StartNew();
        if (options.Fit == SearchFit.Context)
            problem = ContextSearch.Longest(problem, options, progress);
        var times = new TimeModel(problem.Cluster, problem.Timing);
        return SearchResult.Of(problem, options, times, SearchedSpaces.Of(problem, options, times, progress), watch);
    }

    /// <summary>What each change of a plan would bring, the best first.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">What stays, what is best, and how many to tell of.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">A key to keep is none of a strategy.</exception>
    public static SearchResult Improve(DeploymentPlan plan, SearchOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SearchOptions();
        foreach (string key in options.Keep)
        {
            if (!PlanChange.AllKeys.Contains(key, StringComparer.OrdinalIgnoreCase))
                throw new InputException($"'{key}' is no key that changes touch; keep some of {string.Join(", ", PlanChange.AllKeys)}");
        }

        var watch = Stopwatch.StartNew();
        IReadOnlyList<PlanCandidate> rows = PlanImprovement.Of(plan, options.Goal, options.Keep, options.Top, cancellation);
        return SearchResult.OfChanges(plan, options, rows, watch);
    }

    private static void Check(SearchProblem problem, SearchOptions options)
    {
        if (problem.Workload.OutputLength < 2)
            throw new InputException("an output of 1 token leaves nothing to decode; give an output length of 2 or more");
        if (options.Goal == SearchGoal.Cost && options.PricePerGpuHour is null)
            throw new InputException("a search for the least cost needs the price of a GPU for an hour");
        if (options.Modes.Count == 0 || options.Modes.Contains(ServingMode.Static))
            throw new InputException("plans are searched for disaggregated or aggregated serving");
        if (options.Precisions is { Count: 0 })
            throw new InputException("name a precision to try, such as fp8, or leave it to the model");
        if (problem.Cluster.Gpus < 2 && !options.Modes.Contains(ServingMode.Aggregated))
            throw new InputException("disaggregated serving takes two GPUs at least, one for each phase");
    }
}
