namespace ParallelDag.Search;

/// <summary>What instances with as many GPUs are compared by.</summary>
/// <typeparam name="T">The point itself.</typeparam>
internal interface IServingPoint<T>
{
    /// <summary>GPUs of the instance.</summary>
    int Gpus { get; }

    /// <summary>Seconds between two tokens.</summary>
    double Tpot { get; }

    /// <summary>Requests a second.</summary>
    double Rate { get; }

    /// <summary>The order of those that are as good in both.</summary>
    int CompareTies(in T other);
}

/// <summary>
/// Of instances with as many GPUs those that no other beats in both TPOT and rate (L6): whatever instances of decode are matched with, the
/// others serve no better.
/// </summary>
internal static class Skyline
{
    /// <summary>
    /// The points that are left, by GPUs and TPOT; of several that are alike the first of their order. O(n log k) of n points and k that
    /// are left.
    /// </summary>
    public static IEnumerable<T> Of<T>(IEnumerable<T> points)
        where T : struct, IServingPoint<T>
    {
        var stairs = new SortedDictionary<int, List<T>>();
        List<T> own = [];
        int gpus = 0;
        foreach (T point in points)
        {
            if (point.Gpus != gpus && !stairs.TryGetValue(gpus = point.Gpus, out own!))
                stairs.Add(gpus, own = []);
            Add(own, point);
        }

        return stairs.Values.SelectMany(kept => kept);
    }

    /// <summary>Adds a point to a staircase, in which both TPOT and rate ascend, unless one of it is as good.</summary>
    private static void Add<T>(List<T> stairs, in T point)
        where T : struct, IServingPoint<T>
    {
        // The first step that is slower for a user.
        int low = 0, high = stairs.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (stairs[middle].Tpot <= point.Tpot)
                low = middle + 1;
            else
                high = middle;
        }

        if (low > 0 && stairs[low - 1].Rate >= point.Rate)
        {
            T before = stairs[low - 1];
            if (before.Tpot == point.Tpot && before.Rate == point.Rate && point.CompareTies(before) < 0)
                stairs[low - 1] = point;
            return;
        }

        int first = low > 0 && stairs[low - 1].Tpot == point.Tpot ? low - 1 : low, last = low;
        while (last < stairs.Count && stairs[last].Rate <= point.Rate)
            last++;
        if (last > first)
        {
            stairs[first] = point;
            stairs.RemoveRange(first + 1, last - first - 1);
        }
        else
        {
            stairs.Insert(first, point);
        }
    }
}
