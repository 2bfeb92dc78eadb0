namespace ParallelDag.Layouts;

/// <summary>
/// Stacks the lines of one channel: exits on top, bends in the middle, entries below, so that the way down from a node above never
/// meets the way down to a node below. Within exits and entries the order keeps lines of one side from crossing each other.
/// O(n log n) for n lines.
/// </summary>
internal static class ChannelTracks
{
    /// <summary>
    /// Sets <see cref="ChannelLine.Y"/> of the lines at <paramref name="members"/> to their track, from 0, and counts the tracks.
    /// </summary>
    public static void Lay(Span<ChannelLine> lines, ReadOnlySpan<int> members, out int tracks)
    {
        tracks = 0;
        if (members.IsEmpty)
            return;
        var exits = new List<int>();
        var bends = new List<int>();
        var entries = new List<int>();
        foreach (int line in members)
            (lines[line].Part switch { ChannelPart.Exit => exits, ChannelPart.Bend => bends, _ => entries }).Add(line);

        // A line to the left passes over the ports left of its own: the leftmost port turns off first. To the right it is the other way
        // round.
        tracks += LaySides(lines, exits, 0, outermostFirst: true);
        tracks += LayBends(lines, bends, tracks);
        tracks += LaySides(lines, entries, tracks, outermostFirst: false);
    }

    private static int LaySides(Span<ChannelLine> lines, List<int> members, int firstTrack, bool outermostFirst)
    {
        var left = new List<(double Reach, int Line)>();
        var right = new List<(double Reach, int Line)>();
        double leftReach = double.MinValue, rightReach = double.MaxValue;
        foreach (int line in members)
        {
            if (lines[line].Toward < 0)
            {
                left.Add((lines[line].Right, line));
                leftReach = Math.Max(leftReach, lines[line].Right);
            }
            else
            {
                right.Add((-lines[line].Left, line));
                rightReach = Math.Min(rightReach, lines[line].Left);
            }
        }

        left.Sort();
        right.Sort();
        if (!outermostFirst)
        {
            left.Reverse();
            right.Reverse();
        }

        // Lines from both sides share tracks when they do not meet.
        int offset = leftReach < rightReach ? 0 : left.Count;
        for (int i = 0; i < left.Count; i++)
            lines[left[i].Line].Y = firstTrack + i;
        for (int i = 0; i < right.Count; i++)
            lines[right[i].Line].Y = firstTrack + offset + i;
        return Math.Max(left.Count, right.Count == 0 ? 0 : offset + right.Count);
    }

    private static int LayBends(Span<ChannelLine> lines, List<int> members, int firstTrack)
    {
        if (members.Count == 0)
            return 0;
        var intervals = new (double, double)[members.Count];
        for (int i = 0; i < members.Count; i++)
            intervals[i] = (lines[members[i]].Left, lines[members[i]].Right);
        int[] track = new int[members.Count];
        int count = Tracks.Assign(intervals, track);
        for (int i = 0; i < members.Count; i++)
            lines[members[i]].Y = firstTrack + track[i];
        return count;
    }
}
