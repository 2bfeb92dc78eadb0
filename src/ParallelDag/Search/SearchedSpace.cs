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

    /// <summary>Tokens a second of a user and of a GPU of all that may be on the front.</summary>
    public IReadOnlyList<(double User, double Gpu)> Cloud { get; set; } = [];

    /// <summary>Requests a second follow from sequences and their tokens.</summary>
    public int OutputLength { get; set; }

    /// <summary>The batches of a strategy of decode that keep the limits.</summary>
    public DecodePoint[] PointsOf(PhaseRow row)
    {
        row.Fastest = 0;
        var points = new DecodePoint[row.Keeps];
        for (int step = 0; step < points.Length; step++)
        {
            points[step] = PointOf(row, step);
            if (points[step].Rate > points[row.Fastest].Rate)
                row.Fastest = step;
        }

        return points;
    }

    /// <summary>A strategy of decode at a step of the ladder.</summary>
    public DecodePoint PointOf(PhaseRow row, int step)
    {
        double tpot = row.Seconds(step);
        return new DecodePoint(row, step, tpot, row.Batch(step) / ((OutputLength - 1) * tpot));
    }

    /// <summary>An instance of decode with the instances of prefill that go with it; null where there is no room for any.</summary>
    public Finding? Match(DecodePoint point, bool fewest = false)
    {
        PairMatch match = Matching!.Best(point, fewest);
        return match.Gpus == 0 ? null : new Finding(Matching.Prefills[match.Prefill], point, match, null);
    }
}
