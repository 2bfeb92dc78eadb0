namespace ParallelDag.Layouts;

/// <summary>
/// Gives intervals tracks so that no two on one track overlap and of two that overlap the shorter lies further in: lines that turn off
/// towards track 0 then cross none that they enclose. Taken from short to long, each gets the track above the highest that it overlaps,
/// which a segment tree over the ends knows. O(n log n).
/// </summary>
internal sealed class NestedTracks
{
    // Of each part of the tree the highest track in it, and the highest that covers all of it.
    private readonly int[] _highest;
    private readonly int[] _covered;

    private NestedTracks(int ends) => (_highest, _covered) = (new int[4 * ends], new int[4 * ends]);

    /// <summary>Fills <paramref name="tracks"/> with the track of each interval, from 0, and returns how many there are.</summary>
    public static int Assign(ReadOnlySpan<(double Start, double End)> intervals, Span<int> tracks)
    {
        if (intervals.IsEmpty)
            return 0;
        double[] ends = new double[2 * intervals.Length];
        (double Length, double Start, int Index)[] byLength = new (double, double, int)[intervals.Length];
        for (int i = 0; i < intervals.Length; i++)
        {
            (ends[2 * i], ends[(2 * i) + 1]) = intervals[i];
            byLength[i] = (intervals[i].End - intervals[i].Start, intervals[i].Start, i);
        }

        Array.Sort(ends);
        Array.Sort(byLength);
        var tree = new NestedTracks(ends.Length);
        int count = 0;
        foreach ((_, _, int i) in byLength)
        {
            int first = Array.BinarySearch(ends, intervals[i].Start), last = Array.BinarySearch(ends, intervals[i].End);
            int above = tree.Highest(1, 0, ends.Length - 1, first, last);
            tracks[i] = above;
            tree.Raise(1, 0, ends.Length - 1, first, last, above + 1);
            count = Math.Max(count, above + 1);
        }

        return count;
    }

    // How many tracks are taken from end "first" to end "last".
    private int Highest(int node, int low, int high, int first, int last)
    {
        if (last < low || high < first)
            return 0;
        if (first <= low && high <= last)
            return _highest[node];
        int middle = (low + high) / 2;
        int inner = Math.Max(Highest(2 * node, low, middle, first, last), Highest((2 * node) + 1, middle + 1, high, first, last));
        return Math.Max(_covered[node], inner);
    }

    private void Raise(int node, int low, int high, int first, int last, int tracks)
    {
        if (last < low || high < first)
            return;
        _highest[node] = Math.Max(_highest[node], tracks);
        if (first <= low && high <= last)
        {
            _covered[node] = Math.Max(_covered[node], tracks);
            return;
        }

        int middle = (low + high) / 2;
        Raise(2 * node, low, middle, first, last, tracks);
        Raise((2 * node) + 1, middle + 1, high, first, last, tracks);
    }
}
