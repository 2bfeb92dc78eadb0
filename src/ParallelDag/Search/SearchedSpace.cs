namespace ParallelDag.Search;

/// <summary>Everything that a search priced.</summary>
internal sealed class SearchedSpace
{
    /// <summary>Strategies of prefill.</summary>
    public IReadOnlyList<PhaseRow> Prefills { get; set; } = [];

    /// <summary>Strategies of decode.</summary>
    public IReadOnlyList<PhaseRow> Decodes { get; set; } = [];

    /// <summary>Strategies of both on one pool.</summary>
    public IReadOnlyList<AggregateRow> Aggregates { get; set; } = [];

    /// <summary>How prefill and decode go together; null where that was not asked for.</summary>
    public RateMatching? Matching { get; set; }

    /// <summary>The best of all.</summary>
    public ParetoFront Front { get; set; } = ParetoFront.Of([]);

    /// <summary>Requests a second follow from sequences and their tokens.</summary>
    public int OutputLength { get; set; }

    /// <summary>The batches of a strategy of decode that keep the limits.</summary>
    public DecodePoint[] PointsOf(PhaseRow row)
    {
        var points = new DecodePoint[row.Keeps];
        for (int step = 0; step < points.Length; step++)
            points[step] = PointOf(row, step);
        return points;
    }

    /// <summary>A strategy of decode at a step of the ladder.</summary>
    public DecodePoint PointOf(PhaseRow row, int step)
    {
        double tpot = row.Times[step];
        return new DecodePoint(row, step, tpot, row.Batch(step) / ((OutputLength - 1) * tpot));
    }

    /// <summary>Tokens a second of a user and of a GPU of about so many of those that keep the limits, evenly taken.</summary>
    public IReadOnlyList<(double User, double Gpu)> Sample(int most)
    {
        long all = Decodes.Sum(row => (long)row.Keeps) + Aggregates.Sum(row => (long)row.Keeps), stride = Math.Max(1, all / most), next = 0;
        var points = new List<(double User, double Gpu)>();
        foreach (PhaseRow row in Matching is { Prefills.Count: > 0 } ? Decodes : [])
        {
            for (; next < row.Keeps; next += stride)
            {
                if (Match(PointOf(row, (int)next)) is Finding finding)
                    points.Add((1 / finding.Tpot, finding.RateOfGpu * OutputLength));
            }

            next -= row.Keeps;
        }

        foreach (AggregateRow row in Aggregates)
        {
            for (; next < row.Keeps; next += stride)
                points.Add((1 / row.Point((int)next).Tpot, row.Point((int)next).Rate / row.Form!.Gpus * OutputLength));
            next -= row.Keeps;
        }

        return points;
    }

    /// <summary>An instance of decode with the instances of prefill that go with it; null where there is no room for any.</summary>
    public Finding? Match(DecodePoint point, bool fewest = false)
    {
        PairMatch match = Matching!.Best(point, fewest);
        return match.Gpus == 0 ? null : new Finding(Matching.Prefills[match.Prefill], point, match, null);
    }
}
