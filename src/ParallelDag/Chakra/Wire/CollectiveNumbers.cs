namespace ParallelDag.Chakra.Wire;

/// <summary>
/// The collectives of Chakra's <c>CollectiveCommType</c> that ASTRA-sim runs, and how Chakra counts their size: an All-Gather by one rank's
/// shard, the others by the whole S of nccl-tests.
/// </summary>
internal static class CollectiveNumbers
{
    /// <summary>The number of a collective.</summary>
    public static long Of(CollectiveKind collective) => collective switch
    {
        CollectiveKind.AllReduce => 0,
        CollectiveKind.AllGather => 2,
        CollectiveKind.AllToAll => 6,
        CollectiveKind.ReduceScatter => 7,
        _ => throw new ArgumentOutOfRangeException(nameof(collective)),
    };

    /// <summary>The collective of a number; None for one that ASTRA-sim does not run.</summary>
    public static CollectiveKind From(long number) => number switch
    {
        0 => CollectiveKind.AllReduce,
        2 => CollectiveKind.AllGather,
        6 => CollectiveKind.AllToAll,
        7 => CollectiveKind.ReduceScatter,
        _ => CollectiveKind.None,
    };

    /// <summary>
    /// <c>comm_size</c> of a collective of S bytes among n ranks: the shard of an All-Gather rounded up; never 0, which stalls.
    /// </summary>
    public static long SizeOf(CollectiveKind collective, long bytes, int ranks) =>
        Math.Max(1, collective == CollectiveKind.AllGather ? (bytes / ranks) + Math.Min(1, bytes % ranks) : bytes);
}
