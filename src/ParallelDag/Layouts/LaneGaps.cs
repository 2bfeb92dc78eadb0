namespace ParallelDag.Layouts;

/// <summary>
/// The gaps between neighbours in a row, as a way past that row. A row of n nodes has gaps at i/n of its width, so rows of n1, n2, ...
/// nodes have common gaps at i/gcd(n1, n2, ...): 4 and 8 nodes at 1/4, 1/2 and 3/4; a row of one node lets nothing through.
/// Reservations come row by row from the top of each column, so that a gap's tracks are filled greedily. O(1) for each edge.
/// </summary>
internal sealed class LaneGaps
{
    private const int TracksPerGap = 3;

    private const double TrackSpacing = 5;

    /// <summary>Edges that pass more rows than this leave by a side gutter.</summary>
    private const int MostRows = 16;

    // For each column and gap the last row down to which each track is taken.
    private readonly Dictionary<(int Column, int Gap), int[]> _takenTo = [];

    /// <summary>
    /// Finds a free track in the gap that is nearest to <paramref name="middle"/>, unless a side of the lanes is nearer or some row in
    /// between has no gap.
    /// </summary>
    /// <param name="from">The row above.</param>
    /// <param name="to">The row below, in the same column.</param>
    /// <param name="middle">Where the edge would like to run, from the left end of the lanes.</param>
    /// <param name="x">Where it runs.</param>
    public bool TryReserve(Row from, Row to, double middle, out double x)
    {
        x = 0;
        Column column = from.Column;
        if (to.Index <= from.Index || to.Index - from.Index > MostRows)
            return false;
        int parts = 0;
        for (int i = from.Index + 1; i < to.Index; i++)
        {
            if (column.Rows[i].Kind != RowKind.Nodes)
                return false;
            parts = GreatestCommonDivisor(parts, column.Rows[i].Nodes.Length);
        }

        if (parts < 2)
            return false;
        int gap = Math.Clamp((int)Math.Round(middle / column.LanesWidth * parts, MidpointRounding.AwayFromZero), 1, parts - 1);
        double centre = column.LanesWidth * gap / parts;
        if (Math.Abs(centre - middle) > Math.Min(middle, column.LanesWidth - middle))
            return false;

        var key = (column.Index, (int)Math.Round(centre));
        if (!_takenTo.TryGetValue(key, out int[]? takenTo))
            _takenTo.Add(key, takenTo = new int[TracksPerGap]);
        int track = Array.FindIndex(takenTo, row => row <= from.Index);
        if (track < 0)
            return false;
        takenTo[track] = to.Index;
        x = centre + ((track == 0 ? 0 : track == 1 ? -1 : 1) * TrackSpacing);
        return true;
    }

    private static int GreatestCommonDivisor(int a, int b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
