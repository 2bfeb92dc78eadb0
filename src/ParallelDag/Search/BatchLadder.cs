namespace ParallelDag.Search;

/// <summary>
/// The batches that are tried, in sequences of a data-parallel rank: each up to 256, then 32 to an octave; where several ranks share a
/// batch each up to 32, then 16 to an octave. One sequence more of 256 changes nothing that a model of kernels could tell.
/// </summary>
internal static class BatchLadder
{
    private const int Most = 1 << 16;

    /// <summary>The steps of one rank's batch.</summary>
    public static int[] Fine { get; } = [.. Up(256, 32)];

    /// <summary>The steps of a batch that several ranks share.</summary>
    public static int[] Shared { get; } = [.. Up(32, 16)];

    /// <summary>The steps of continuous batching, whose passes are many more for each: each up to 16, then 8 to an octave.</summary>
    public static int[] Coarse { get; } = [.. Up(16, 8)];

    /// <summary>How many steps from the start pass a test that all smaller steps pass where one does.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="linear">True to ask for each in turn.</param>
    /// <param name="passes">The test.</param>
    public static int Passing(int steps, bool linear, Func<int, bool> passes)
    {
        int pass = 0, fail = steps;
        if (linear)
        {
            while (pass < steps && passes(pass))
                pass++;
            return pass;
        }

        while (pass < fail)
        {
            int middle = pass + ((fail - pass) / 2);
            if (passes(middle))
                pass = middle + 1;
            else
                fail = middle;
        }

        return pass;
    }

    /// <summary>
    /// A ladder with the largest batch that passes a test, and the smallest that fails it, among its steps: no batch between two steps is
    /// the best of its strategy unseen.
    /// </summary>
    /// <param name="ladder">The steps.</param>
    /// <param name="passing">How many of them pass.</param>
    /// <param name="linear">True to ask for each batch in turn.</param>
    /// <param name="passes">The test of a batch.</param>
    public static (int[] Ladder, int Passing) Refine(int[] ladder, int passing, bool linear, Func<int, bool> passes)
    {
        if (passing == 0 || passing == ladder.Length || ladder[passing] - ladder[passing - 1] == 1)
            return (ladder, passing);
        int first = ladder[passing - 1] + 1, more = Passing(ladder[passing] - first, linear, batch => passes(first + batch));
        int[] largest = more > 0 ? [first + more - 1] : [], fails = first + more < ladder[passing] ? [first + more] : [];
        return ([.. ladder[..passing], .. largest, .. fails, .. ladder[passing..]], passing + largest.Length);
    }

    private static IEnumerable<int> Up(int fine, int ofOctave)
    {
        for (int step = 1; step <= Most; step += step < fine ? 1 : Math.Max(1, (1 << int.Log2(step)) / ofOctave))
            yield return step;
    }
}
