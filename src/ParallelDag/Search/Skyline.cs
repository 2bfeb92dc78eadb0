namespace ParallelDag.Search;

/// <summary>
/// Of instances with as many GPUs those that no other beats in both TPOT and rate (L6): whatever instances of decode are matched with, the
/// others serve no better.
/// </summary>
internal static class Skyline
{
    /// <summary>The instances of decode that are left, by GPUs and TPOT.</summary>
    public static IEnumerable<DecodePoint> Of(IEnumerable<DecodePoint> points) =>
        Of(points, point => point.Row.Gpus, point => point.Rate, Compare);

    /// <summary>The points of continuous batching that are left, by GPUs and TPOT.</summary>
    public static IEnumerable<AggregatePoint> Of(IEnumerable<AggregatePoint> points) =>
        Of(points, point => point.Row.Form!.Gpus, point => point.Rate, Compare);

    private static IEnumerable<T> Of<T>(IEnumerable<T> points, Func<T, int> gpus, Func<T, double> rate, Comparison<T> compare)
    {
        var pools = new SortedDictionary<int, List<T>>();
        foreach (T point in points)
        {
            if (!pools.TryGetValue(gpus(point), out List<T>? pool))
                pools.Add(gpus(point), pool = []);
            pool.Add(point);
        }

        foreach (List<T> pool in pools.Values)
        {
            pool.Sort(compare);
            double most = 0;
            foreach (T point in pool)
            {
                if (rate(point) <= most)
                    continue;
                most = rate(point);
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

    private static int Compare(AggregatePoint left, AggregatePoint right)
    {
        int order = left.Tpot.CompareTo(right.Tpot);
        order = order != 0 ? order : right.Rate.CompareTo(left.Rate);
        order = order != 0 ? order : left.Row.Strategy.Tp.CompareTo(right.Row.Strategy.Tp);
        if (order != 0 || ReferenceEquals(left.Row, right.Row))
            return order != 0 ? order : left.Step.CompareTo(right.Step);
        return string.CompareOrdinal(left.Row.ToString(), right.Row.ToString());
    }
}
