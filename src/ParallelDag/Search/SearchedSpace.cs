using System.Runtime.CompilerServices;

namespace ParallelDag.Search;

/// <summary>Everything that a search priced of a model in its formats.</summary>
/// <param name="problem">What for.</param>
/// <param name="precision">The format that was tried, where several were; else null.</param>
internal sealed class SearchedSpace(SearchProblem problem, string? precision = null)
{
    /// <summary>What for.</summary>
    public SearchProblem Problem => problem;

    /// <summary>The format that was tried, where several were; else null.</summary>
    public string? Precision => precision;

    /// <summary>Strategies of prefill.</summary>
    public IReadOnlyList<PhaseRow> Prefills { get; set; } = [];

    /// <summary>Strategies of decode.</summary>
    public IReadOnlyList<PhaseRow> Decodes { get; set; } = [];

    /// <summary>Strategies of both on one pool.</summary>
    public IReadOnlyList<AggregateRow> Aggregates { get; set; } = [];

    /// <summary>How prefill and decode go together; null where that was not asked for.</summary>
    public RateMatching? Matching { get; set; }

    /// <summary>Strategies of decode with a batch that keeps the limits of the phase, where there is a prefill to go with them.</summary>
    public IEnumerable<PhaseRow> KeptDecodes => Matching is { Prefills.Count: > 0 } ? Decodes.Where(row => row.IsAnswer) : [];

    /// <summary>
    /// Finds of each strategy the batches with which a GPU yields too little. What an instance of decode yields together with the best of
    /// prefill never falls with its own rate, so for each number of GPUs there is a rate below which nothing helps.
    /// </summary>
    public void Measure()
    {
        double least = problem.LeastRateOfGpu;
        if (least == 0)
            return;
        var leastOf = new Dictionary<int, double>();
        foreach (PhaseRow row in KeptDecodes.ToArray())
        {
            if (!leastOf.TryGetValue(row.Gpus, out double rate))
                leastOf.Add(row.Gpus, rate = LeastRate(row, least));
            row.LeastRate = rate;
            row.Lacks = Enumerable.Range(0, row.Keeps).Count(step => PointOf(row, step).Rate < rate);
        }

        foreach (AggregateRow row in Aggregates.Where(row => row.Keeps > 0))
        {
            row.LeastRate = least * row.Form!.Gpus;
            row.Lacks = Enumerable.Range(0, row.Keeps).Count(step => row.Point(step).Rate < row.LeastRate);
        }
    }

    /// <summary>The batches of a strategy of decode that keep the limits.</summary>
    public IEnumerable<DecodePoint> PointsOf(PhaseRow row)
    {
        for (int step = 0; step < row.Keeps; step++)
        {
            DecodePoint point = PointOf(row, step);
            if (point.Rate >= row.LeastRate)
                yield return point;
        }
    }

    /// <summary>Adds the same to a skyline.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddPoints(PhaseRow row, Skyline<DecodePoint> skyline)
    {
        for (int step = 0; step < row.Keeps; step++)
        {
            DecodePoint point = PointOf(row, step);
            if (point.Rate >= row.LeastRate)
                skyline.Add(point);
        }
    }

    /// <summary>Adds the batches of continuous batching that keep the limits to a skyline.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddPoints(AggregateRow row, Skyline<AggregatePoint> skyline)
    {
        for (int step = 0; step < row.Keeps; step++)
        {
            AggregatePoint point = row.Point(step);
            if (point.Rate >= row.LeastRate)
                skyline.Add(point);
        }
    }

    /// <summary>The batches of continuous batching that keep the limits.</summary>
    public static IEnumerable<AggregatePoint> PointsOf(AggregateRow row)
    {
        for (int step = 0; step < row.Keeps; step++)
        {
            AggregatePoint point = row.Point(step);
            if (point.Rate >= row.LeastRate)
                yield return point;
        }
    }

    /// <summary>A strategy of decode at a step of the ladder.</summary>
    public DecodePoint PointOf(PhaseRow row, int step)
    {
        double tpot = row.Times[step];
        return new DecodePoint(row, step, tpot, row.Batch(step) / ((problem.Workload.OutputLength - 1) * tpot));
    }

    /// <summary>All points of continuous batching that keep the limits.</summary>
    public IEnumerable<AggregatePoint> AggregatePoints() => Aggregates.SelectMany(PointsOf);

    /// <summary>An instance of decode with the instances of prefill that go with it; null where there is no room for any.</summary>
    public Finding? Match(DecodePoint point, MatchAim aim = MatchAim.Rate)
    {
        PairMatch match = Matching!.Best(point, aim, problem.LeastRateOfGpu);
        return match.Gpus == 0 ? null : new Finding(Matching.Prefills[match.Prefill], point, match, null, this);
    }

    /// <summary>Continuous batching as a finding.</summary>
    public Finding Found(AggregatePoint point) => new(null, null, default, point, this);

    /// <summary>Tokens a second of a user and of a GPU of about so many of those that keep the limits, evenly taken.</summary>
    public IEnumerable<(double User, double Gpu)> Sample(int most)
    {
        int output = problem.Workload.OutputLength;
        long all = Decodes.Sum(row => (long)row.Keeps) + Aggregates.Sum(row => (long)row.Keeps), stride = Math.Max(1, all / most), next = 0;
        foreach (PhaseRow row in KeptDecodes)
        {
            for (; next < row.Keeps; next += stride)
            {
                DecodePoint point = PointOf(row, (int)next);
                if (point.Rate >= row.LeastRate && Match(point) is Finding finding)
                    yield return (1 / finding.Tpot, finding.RateOfGpu * output);
            }

            next -= row.Keeps;
        }

        foreach (AggregateRow row in Aggregates)
        {
            for (; next < row.Keeps; next += stride)
            {
                AggregatePoint point = row.Point((int)next);
                if (point.Rate >= row.LeastRate)
                    yield return (1 / point.Tpot, point.Rate / point.Gpus * output);
            }

            next -= row.Keeps;
        }
    }

    /// <summary>The least rate of an instance on as many GPUs as this one's that lets a GPU yield so much.</summary>
    private double LeastRate(PhaseRow row, double least)
    {
        double low = 0, high = least * problem.Cluster.Gpus;
        if (!Yields(high))
            return double.PositiveInfinity;
        while (high - low > high * 1e-14)
        {
            double middle = (low + high) / 2;
            (low, high) = Yields(middle) ? (low, middle) : (middle, high);
        }

        return high;

        bool Yields(double rate) => Matching!.Best(new DecodePoint(row, 0, 1, rate)).RateOfGpu >= least;
    }
}
