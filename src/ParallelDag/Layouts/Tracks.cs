namespace ParallelDag.Layouts;

/// <summary>
/// Gives intervals tracks so that no two on one track overlap: the greedy colouring of an interval graph, which is optimal when the
/// intervals come by their starts (Cormen et al., "Introduction to Algorithms", exercise 16.1-4). O(n log n).
/// </summary>
internal static class Tracks
{
    /// <summary>Free space between two intervals on one track.</summary>
    private const double Clearance = 4;

    /// <summary>Fills <paramref name="tracks"/> with the track of each interval, from 0, and returns how many there are.</summary>
    public static int Assign(ReadOnlySpan<(double Start, double End)> intervals, Span<int> tracks)
    {
        int[] byStart = new int[intervals.Length];
        (double Start, int Index)[] keys = new (double, int)[intervals.Length];
        for (int i = 0; i < byStart.Length; i++)
            (byStart[i], keys[i]) = (i, (intervals[i].Start, i));
        Array.Sort(keys, byStart);

        var busy = new PriorityQueue<int, (double End, int Track)>();
        var free = new PriorityQueue<int, int>();
        int count = 0;
        foreach (int i in byStart)
        {
            while (busy.TryPeek(out int done, out (double End, int Track) first) && first.End + Clearance <= intervals[i].Start)
            {
                busy.Dequeue();
                free.Enqueue(done, done);
            }

            int track = free.Count > 0 ? free.Dequeue() : count++;
            tracks[i] = track;
            busy.Enqueue(track, (intervals[i].End, track));
        }

        return count;
    }
}
