namespace ParallelDag.Search;

/// <summary>
/// The findings that no other beats in both tokens a second of a user (1/TPOT) and of a GPU, from the fastest for a user on. Of several
/// with the same two numbers one is on it.
/// </summary>
internal sealed class ParetoFront
{
    private ParetoFront(List<Finding> points) => Points = points;

    /// <summary>The points: TPOT ascends, and so does the rate of a GPU.</summary>
    public IReadOnlyList<Finding> Points { get; }

    /// <summary>The front of findings.</summary>
    public static ParetoFront Of(IEnumerable<Finding> findings)
    {
        var points = new List<Finding>();
        List<Finding> ordered = [.. findings];
        ordered.Sort((left, right) =>
        {
            int order = left.Tpot.CompareTo(right.Tpot);
            order = order != 0 ? order : right.RateOfGpu.CompareTo(left.RateOfGpu);
            return order != 0 ? order : Finding.CompareTies(left, right);
        });
        foreach (Finding finding in ordered)
        {
            if (points.Count == 0 || finding.RateOfGpu > points[^1].RateOfGpu)
                points.Add(finding);
        }

        return new ParetoFront(points);
    }

    /// <summary>The point that beats a finding by most tokens of a GPU, or null for one on the front.</summary>
    public Finding? Dominator(Finding finding)
    {
        Finding? best = null;
        foreach (Finding point in Points)
        {
            if (ReferenceEquals(point, finding))
                return null;
            if (point.Tpot > finding.Tpot)
                break;
            if (point.RateOfGpu >= finding.RateOfGpu)
                best = point;
        }

        return best;
    }
}
