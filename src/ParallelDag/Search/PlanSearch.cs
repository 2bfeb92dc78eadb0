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
        var times = new TimeModel(problem.Cluster, problem.Timing);
        var forms = new FormTable(problem, times);
        var space = new SearchedSpace { OutputLength = problem.Workload.OutputLength };
        if (options.Modes.Contains(ServingMode.Disaggregated))
            Disaggregated(problem, options, forms, progress, space);
        if (options.Modes.Contains(ServingMode.Aggregated))
            space.Aggregates = new AggregateSearch(problem, options, forms).Run(progress);
        progress.Begin("comparing", 1);
        Survivors(options, progress, space);
        return SearchResult.Of(problem, options, times, space, watch);
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
        IReadOnlyList<PlanCandidate> rows = PlanImprovement.Of(plan, options.Goal, options.Keep, options.Top, includeRejected: true,
            cancellation);
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
        if (problem.Cluster.Gpus < 2 && !options.Modes.Contains(ServingMode.Aggregated))
            throw new InputException("disaggregated serving takes two GPUs at least, one for each phase");
    }

    private static void Disaggregated(
        SearchProblem problem, SearchOptions options, FormTable forms, SearchProgress progress, SearchedSpace space)
    {
        int gpus = problem.Cluster.Gpus - 1;
        space.Prefills = new PhaseSearch(problem, options, forms, PhaseKind.Prefill, gpus).Run(progress);
        space.Decodes = new PhaseSearch(problem, options, forms, PhaseKind.Decode, gpus).Run(progress);
        space.Matching = new RateMatching(problem.Cluster, space.Prefills.Where(row => row.Keeps > 0).Select(Fastest), options.Exhaustive);
    }

    /// <summary>The batch of prefill with the highest rate; of several the smallest.</summary>
    private static PrefillPoint Fastest(PhaseRow row)
    {
        PrefillPoint best = default;
        for (int step = 0; step < row.Keeps; step++)
        {
            double ttft = row.Seconds(step, out double slowest), rate = row.MicroBatch(step) / slowest;
            if (rate > best.Rate)
                best = new PrefillPoint(row, step, ttft, rate);
        }

        return best;
    }

    /// <summary>Every finding that may be on the front.</summary>
    private static void Survivors(SearchOptions options, SearchProgress progress, SearchedSpace space)
    {
        var findings = new List<Finding>();
        if (space.Matching is { } matching && matching.Prefills.Count > 0)
        {
            IEnumerable<DecodePoint> points = space.Decodes.Where(row => row.Keeps > 0).SelectMany(space.PointsOf);
            DecodePoint[] kept = [.. options.Exhaustive ? points : Skyline.Of(points)];
            var matched = new Finding?[kept.Length];
            Parallel.For(0, kept.Length, progress.Parallel(options), index => matched[index] = space.Match(kept[index]));
            findings.AddRange(matched.OfType<Finding>());
        }

        IEnumerable<AggregatePoint> shared = space.Aggregates.SelectMany(row => Enumerable.Range(0, row.Keeps).Select(row.Point));
        findings.AddRange((options.Exhaustive ? shared : Skyline.Of(shared)).Select(point => new Finding(null, null, default, point)));
        space.Front = ParetoFront.Of(findings);
    }
}
