using ParallelDag.Durations;

namespace ParallelDag.Search;

/// <summary>All that a search priced: a space for each precision, and the best of all.</summary>
internal sealed class SearchedSpaces
{
    private SearchedSpaces(IReadOnlyList<SearchedSpace> spaces, ParetoFront front) => (Spaces, Front) = (spaces, front);

    /// <summary>A space for each precision.</summary>
    public IReadOnlyList<SearchedSpace> Spaces { get; }

    /// <summary>The best of all.</summary>
    public ParetoFront Front { get; }

    /// <summary>Prices everything.</summary>
    public static SearchedSpaces Of(SearchProblem problem, SearchOptions options, TimeModel times, SearchProgress progress)
    {
        SearchedSpace[] spaces = [.. Variants(problem, options)];
        var findings = new List<Finding>();
        foreach (SearchedSpace space in spaces)
        {
            Price(space, options, times, progress);
            progress.Begin("comparing", 1);
            space.Measure();
            findings.AddRange(Survivors(space, options, progress));
        }

        return new SearchedSpaces(spaces, ParetoFront.Of(findings));
    }

    private static IEnumerable<SearchedSpace> Variants(SearchProblem problem, SearchOptions options)
    {
        if (options.Precisions is not { } formats)
        {
            yield return new SearchedSpace(problem);
            yield break;
        }

        foreach (Precisions.NumberFormat format in formats.Distinct())
        {
            ModelSpec model = problem.Model with { Precision = Precisions.Precision.Of(format) };
            yield return new SearchedSpace(problem with { Model = model }, format.Name);
        }
    }

    private static void Price(SearchedSpace space, SearchOptions options, TimeModel times, SearchProgress progress)
    {
        SearchProblem problem = space.Problem;
        var forms = new FormTable(problem, times);
        if (options.Modes.Contains(ServingMode.Disaggregated))
        {
            int gpus = problem.Cluster.Gpus - 1;
            space.Prefills = new PhaseSearch(problem, options, forms, PhaseKind.Prefill, gpus).Run(progress);
            space.Decodes = new PhaseSearch(problem, options, forms, PhaseKind.Decode, gpus).Run(progress);
            space.Matching = new RateMatching(problem.Cluster, space.Prefills.Where(row => row.Keeps > 0)
                .Select(row => new PrefillPoint(row, row.Fastest, row.Times[row.Fastest], row.FastestRate)), options.Exhaustive);
        }

        if (options.Modes.Contains(ServingMode.Aggregated))
            space.Aggregates = new AggregateSearch(problem, options, forms).Run(progress);
    }

    /// <summary>Every finding that may be on the front.</summary>
    private static IEnumerable<Finding> Survivors(SearchedSpace space, SearchOptions options, SearchProgress progress)
    {
        if (options.Exhaustive)
        {
            return space.KeptDecodes.SelectMany(space.PointsOf).Select(point => space.Match(point)).OfType<Finding>()
                .Concat(space.AggregatePoints().Select(space.Found));
        }

        ParallelOptions parallel = options.Parallel(progress.Cancellation);
        AggregatePoint[] together = Skyline<AggregatePoint>.Of(space.Aggregates, SearchedSpace.AddPoints, parallel);
        DecodePoint[] points = Skyline<DecodePoint>.Of([.. space.KeptDecodes], space.AddPoints, parallel);
        Finding[] shared = [.. together.Select(space.Found).OrderBy(finding => finding.Tpot)];
        var findings = new List<Finding>(shared);
        double reached = 0;
        int next = 0;
        foreach (DecodePoint point in points.OrderBy(point => point.Tpot))
        {
            progress.Cancellation.ThrowIfCancellationRequested();
            for (; next < shared.Length && shared[next].Tpot <= point.Tpot; next++)
                reached = Math.Max(reached, shared[next].RateOfGpu);

            // One that is as fast for a user yields more of a GPU than this could, whatever goes with it.
            if (space.Matching!.MostOfGpu(point) < reached || space.Match(point) is not Finding finding)
                continue;
            findings.Add(finding);
            reached = Math.Max(reached, finding.RateOfGpu);
        }

        return findings;
    }
}
