namespace ParallelDag.Collectives;

/// <summary>
/// Sizes and times of collectives. S follows nccl-tests (doc/PERFORMANCE.md): the total array of an All-Gather or Reduce-Scatter
/// (n times one rank's piece), the buffer of one rank for an All-Reduce, what one rank sends for an All-to-All, the message of a Send/Recv.
/// Ring alpha-beta times with latency a and bandwidth B per GPU and direction:
/// <code>
/// All-Reduce                              2(n-1)a + 2(n-1)/n * S/B      wire per group 2(n-1)*S
/// All-Gather, Reduce-Scatter, All-to-All   (n-1)a +  (n-1)/n * S/B      wire per group  (n-1)*S
/// Send/Recv                                     a +            S/B      wire S
/// </code>
/// Worked example: n=8, S=1 GiB, a=0, B=450 GB/s: All-Reduce 4.175662649 ms, the others 2.087831324 ms.
/// T(All-Reduce) = T(Reduce-Scatter) + T(All-Gather).
/// </summary>
public static class CollectiveCost
{
    /// <summary>Bytes on the wire of one group of <paramref name="members"/> equal members.</summary>
    /// <exception cref="OverflowException">More than 2^63-1 bytes.</exception>
    public static long WireBytes(CollectiveKind collective, int members, long size) => collective switch
    {
        CollectiveKind.AllReduce => checked(2L * (members - 1) * size),
        CollectiveKind.AllGather or CollectiveKind.ReduceScatter or CollectiveKind.AllToAll => checked((members - 1L) * size),
        CollectiveKind.SendRecv => size,
        _ => 0,
    };

    /// <summary>Seconds of one collective; 0 for one member or no bytes.</summary>
    /// <param name="collective">Which.</param>
    /// <param name="members">n, the members of the group (of a Send/Recv: two or more).</param>
    /// <param name="size">S in bytes.</param>
    /// <param name="latency">a in seconds.</param>
    /// <param name="bandwidth">B in bytes a second.</param>
    public static double Seconds(CollectiveKind collective, int members, double size, double latency, double bandwidth)
    {
        if (members <= 1 || size == 0)
            return 0;
        double share = (members - 1.0) / members * size / bandwidth;
        return collective switch
        {
            CollectiveKind.AllReduce => 2 * (((members - 1) * latency) + share),
            CollectiveKind.AllGather or CollectiveKind.ReduceScatter or CollectiveKind.AllToAll => ((members - 1) * latency) + share,
            CollectiveKind.SendRecv => latency + (size / bandwidth),
            _ => 0,
        };
    }
}
