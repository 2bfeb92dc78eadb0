namespace ParallelDag.Checks;

/// <summary>
/// Which masks explain that attention computes fewer pairs than all S(S+1)/2 of a sequence of S positions:
/// <code>
/// window of w (or w chosen positions)   w(w+1)/2 + (S-w)*w
/// chunks of c                           (S div c) * c(c+1)/2 + r(r+1)/2, r = S mod c
/// </code>
/// </summary>
internal static class AttentionMasks
{
    // A prompt beyond any model's is not searched for chunks.
    private const long LongestSearched = 1 << 22;

    /// <summary>True when some window or chunk has <paramref name="pairs"/> pairs a sequence, up to <paramref name="slack"/> on either
    /// side.</summary>
    public static bool Explain(decimal pairs, decimal slack, long positions)
    {
        if (positions is < 1 or > LongestSearched)
            return false;
        long low = 1, high = positions;
        while (low < high)
        {
            long middle = (low + high) / 2;
            if (Window(middle, positions) < pairs - slack)
                low = middle + 1;
            else
                high = middle;
        }

        if (Math.Abs(Window(low, positions) - pairs) <= slack)
            return true;
        for (long chunk = 1; chunk <= positions; chunk++)
        {
            long rest = positions % chunk;
            decimal chunked = ((decimal)(positions / chunk) * chunk * (chunk + 1) / 2) + ((decimal)rest * (rest + 1) / 2);
            if (Math.Abs(chunked - pairs) <= slack)
                return true;
        }

        return false;
    }

    private static decimal Window(long window, long positions) =>
        ((decimal)window * (window + 1) / 2) + ((decimal)(positions - window) * window);
}
