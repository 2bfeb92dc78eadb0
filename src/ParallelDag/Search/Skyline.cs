namespace ParallelDag.Search;

/// <summary>
/// Of instances of decode with as many GPUs those that no other beats in both TPOT and rate (L6): whatever they are matched with, the
/// others serve no better.
/// </summary>
internal static class Skyline
{
    /// <summary>The points that are left, by GPUs and TPOT.</summary>
    public static IEnumerable<DecodePoint> Of(IEnumerable<DecodePoint> points)
    {
        foreach (IGrouping<int, DecodePoint> same in points.GroupBy(point => point.Row.Gpus).OrderBy(group => group.Key))
        {
            DecodePoint[] ordered = [.. same];
            Array.Sort(ordered, Compare);
            double most = 0;
            foreach (DecodePoint point in ordered)
            {
                if (point.Rate <= most)
                    continue;
                most = point.Rate;
                yield return point;
            }
        }
    }

    private static int Compare(DecodePoint left, DecodePoint right)
    {
        int order = left.Tpot.CompareTo(right.Tpot);
        order = order != 0 ? order : right.Rate.CompareTo(left.Rate);
        order = order != 0 ? order : left.Row.Strategy.Tp.CompareTo(right.Row.Strategy.Tp);
        if (order != 0 || ReferenceEquals(left.Row, right.Row))
            return order != 0 ? order : left.Step.CompareTo(right.Step);
        return string.CompareOrdinal(left.Row.ToString(), right.Row.ToString());
    }
}
