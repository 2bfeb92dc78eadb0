using System.Runtime.CompilerServices;

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
/// others serve no better. O(n log k) of n points and k that are left.
/// </summary>
/// <typeparam name="T">What is compared.</typeparam>
internal sealed class Skyline<T>
    where T : struct, IServingPoint<T>
{
    /// <summary>Rows that one thread takes at a time.</summary>
    private const int Block = 256;

    private readonly SortedDictionary<int, List<T>> _stairs = [];
    private List<T> _own = [];
    private int _gpus;

    /// <summary>The points that are left, by GPUs and TPOT; of several that are alike the first of their order.</summary>
    public IEnumerable<T> Points => _stairs.Values.SelectMany(kept => kept);

    /// <summary>The points that are left of many rows, found by several threads; the same whatever their number.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="add">Adds the points of a row.</param>
    /// <param name="parallel">How many threads.</param>
    public static T[] Of<TRow>(IReadOnlyList<TRow> rows, Action<TRow, Skyline<T>> add, ParallelOptions parallel)
    {
        var blocks = new Skyline<T>[(rows.Count + Block - 1) / Block];
        Parallel.For(0, blocks.Length, parallel, block =>
        {
            var own = new Skyline<T>();
            for (int row = block * Block; row < Math.Min(rows.Count, (block + 1) * Block); row++)
                add(rows[row], own);
            blocks[block] = own;
        });
        var all = new Skyline<T>();
        foreach (T point in blocks.SelectMany(block => block.Points))
            all.Add(point);
        return [.. all.Points];
    }

    // This, and what feeds it, is optimized at once: all points of a first search have passed before a runtime finds it hot.

    /// <summary>Adds a point to the staircase of its GPUs, in which both TPOT and rate ascend, unless one of it is as good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in T point)
    {
        if (point.Gpus != _gpus && !_stairs.TryGetValue(_gpus = point.Gpus, out _own!))
            _stairs.Add(_gpus, _own = []);
        List<T> stairs = _own;

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
