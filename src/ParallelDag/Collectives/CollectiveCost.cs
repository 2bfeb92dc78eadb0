using ParallelDag.Formulas;

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
    public static long WireBytes(CollectiveKind collective, int members, long size) =>
        checked((long)WireBytes(collective, members, new Exact(size)).Value);

    /// <summary>The same as a formula.</summary>
    internal static T WireBytes<T>(CollectiveKind collective, int members, T size)
        where T : IExact<T> => collective switch
    {
        CollectiveKind.AllReduce => T.Of(2) * T.Of(members - 1, "(n - 1)") * size,
        CollectiveKind.AllGather or CollectiveKind.ReduceScatter or CollectiveKind.AllToAll => T.Of(members - 1, "(n - 1)") * size,
        CollectiveKind.SendRecv => size,
        _ => T.Of(0),
    };

    /// <summary>Seconds of one collective; 0 for one member or no bytes.</summary>
    /// <param name="collective">Which.</param>
    /// <param name="members">n, the members of the group (of a Send/Recv: two or more).</param>
    /// <param name="size">S in bytes.</param>
    /// <param name="latency">a in seconds.</param>
    /// <param name="bandwidth">B in bytes a second.</param>
    public static double Seconds(CollectiveKind collective, int members, double size, double latency, double bandwidth) =>
        members <= 1 || size == 0 ? 0 : Seconds<Real>(collective, members, size, new LinkSpec(bandwidth, latency)).Number;

    /// <summary>Seconds of one collective as a formula.</summary>
    internal static T Seconds<T>(CollectiveKind collective, int members, double size, LinkSpec link)
        where T : IReal<T>
    {
        T bytes = T.Real(size, "S"), bandwidth = T.Real(link.Bandwidth, "B"), alpha = LatencySeconds<T>(collective, members, link.Latency);
        T share = T.Real((members - 1.0) / members, "(n - 1)/n") * bytes / bandwidth;
        return collective switch
        {
            CollectiveKind.AllReduce => T.Real(2) * ((T.Real(members - 1, "(n - 1)") * T.Real(link.Latency, "a")) + share),
            CollectiveKind.AllGather or CollectiveKind.ReduceScatter or CollectiveKind.AllToAll => alpha + share,
            CollectiveKind.SendRecv => alpha + (bytes / bandwidth),
            _ => T.Real(0),
        };
    }

    /// <summary>The part of it that does not depend on S.</summary>
    internal static T LatencySeconds<T>(CollectiveKind collective, int members, double latency)
        where T : IReal<T> => collective switch
    {
        CollectiveKind.AllReduce => T.Real(2) * (T.Real(members - 1, "(n - 1)") * T.Real(latency, "a")),
        CollectiveKind.AllGather or CollectiveKind.ReduceScatter or CollectiveKind.AllToAll =>
            T.Real(members - 1, "(n - 1)") * T.Real(latency, "a"),
        CollectiveKind.SendRecv => T.Real(latency, "a"),
        _ => T.Real(0),
    };
}
