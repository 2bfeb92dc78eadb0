namespace ParallelDag.Plans;

/// <summary>Which of several holders of one thing a receiver takes it from.</summary>
internal static class HolderChoice
{
    /// <summary>The position of the holder: the receiver's own, else the copies take turns.</summary>
    /// <param name="copies">The holders.</param>
    /// <param name="gpuOf">The GPU of a holder.</param>
    /// <param name="receiver">The receiver's GPU.</param>
    /// <param name="turn">Whose turn it is.</param>
    public static int Of<T>(IReadOnlyList<T> copies, Func<T, int> gpuOf, int receiver, int turn)
    {
        for (int i = 0; i < copies.Count; i++)
        {
            if (gpuOf(copies[i]) == receiver)
                return i;
        }

        return turn % copies.Count;
    }
}
