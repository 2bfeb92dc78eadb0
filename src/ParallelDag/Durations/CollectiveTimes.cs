using System.Numerics;
using ParallelDag.Collectives;
using ParallelDag.Formulas;

namespace ParallelDag.Durations;

/// <summary>
/// Times of collectives. S as nccl-tests counts it; n members in N domains, g of them in the fullest; B the domain's link and BI the
/// network's, per GPU and direction.
/// <code>
/// one domain           min over lines of  a + f(n)*S/(B*e)
/// All-Reduce, All-Gather, Reduce-Scatter over domains, hierarchical over rails (k = 2 for the All-Reduce, else 1):
///                      a(g) + L + k*ceil(log2 N)*hop + max( f(g)*S/(B*e), k*(N-1)/N * (S/g)/(BI*eI) )
/// All-to-All           L + max( S*(n-g)/n/(BI*eI), S*(g-1)/n/(B*e) )
///   a token once a node  L + max( D/(BI*eI), S/(B*e) )    D: what a member sends to other nodes, which hand it on by the fast links
/// Send/Recv            Ls + S/(BI*eI)
/// </code>
/// Worked example: All-Reduce of 8 bytes over two nodes of eight H100: 15.87 + 20 + 10 = 45.9 us (46.3 are reported of H20, NVIDIA/nccl
/// issue 1244). A cluster whose fast links are not those of a measured device keeps the plain ring of <see cref="CollectiveCost"/>,
/// within domains and between them.
/// </summary>
public sealed class CollectiveTimes
{
    private readonly ClusterSpec _cluster;
    private readonly TimingSpec _timing;
    private readonly CollectiveLine[][] _lines;
    private readonly bool _measured;
    private readonly double _domainBandwidth;
    private readonly LinkSpec _network;

    internal CollectiveTimes(ClusterSpec cluster, TimingSpec timing, IReadOnlyList<CollectiveLine> lines)
    {
        (_cluster, _timing) = (cluster, timing);
        _measured = lines.Count > 0;
        (_domainBandwidth, _network) = (cluster.IntraNode.Bandwidth, cluster.LinkOf(LinkLevel.Network));
        _lines = [.. Enum.GetValues<CollectiveKind>().Select(kind => lines.Where(line => line.Collective == kind).ToArray())];
    }

    /// <summary>The time of one group; none for one member or no bytes.</summary>
    /// <param name="collective">Which.</param>
    /// <param name="span">The group.</param>
    /// <param name="size">S in bytes; of a Send/Recv what one sends.</param>
    public NodeTime Of(CollectiveKind collective, GroupSpan span, double size)
    {
        if (span.Members <= 1 || size <= 0 || collective == CollectiveKind.None)
            return NodeTime.None;
        (Real latency, Real link) = Parts<Real>(collective, span, size);
        return new NodeTime(latency.Number + link.Number, latency.Number > link.Number ? TimeBound.Latency : TimeBound.Link);
    }

    /// <summary>The time of one group as two formulas: what does not depend on S, and what does.</summary>
    internal (T Latency, T Link) Parts<T>(CollectiveKind collective, GroupSpan span, double size)
        where T : IReal<T>
    {
        if (!_measured || span.Level == LinkLevel.Node)
            return Ring<T>(collective, span, size);
        if (span.Level == LinkLevel.Network)
            return OverNetwork<T>(collective, span, size);
        return LineOf(collective, span.Members, size, across: false) is CollectiveLine line
            ? (line.Fixed<T>(span.Members), line.Link<T>(span.Members, size, _domainBandwidth))
                : Ring<T>(collective, span, size);
    }

    /// <summary>The line that a group takes; null where it takes none.</summary>
    internal CollectiveLine? LineOf(CollectiveKind collective, GroupSpan span, double size) =>
        !_measured || span.Level == LinkLevel.Node || (span.Level == LinkLevel.Network
            && collective is CollectiveKind.SendRecv or CollectiveKind.AllToAll) ? null
        : span.Level == LinkLevel.Domain ? LineOf(collective, span.Members, size, across: false)
        : LineOf(collective, span.MembersPerDomain, size, across: true);

    private (T Latency, T Link) OverNetwork<T>(CollectiveKind collective, GroupSpan span, double size)
        where T : IReal<T>
    {
        T network = T.Real(_network.Bandwidth, "BI") * T.Real(_timing.NetworkEfficiency, "eI")
            / T.Real(_timing.Oversubscription, "oversubscription");
        T bytes = T.Real(size, "S"), members = T.Real(span.Members, "n"), domains = T.Real(span.Domains, "N"),
            extra = T.Real(_timing.NetworkLatency, "L");
        int inside = span.MembersPerDomain;
        switch (collective)
        {
            case CollectiveKind.SendRecv:
                return (T.Real(_timing.SendLatency, "Ls"), bytes / network);
            case CollectiveKind.AllToAll:
                T sent = span.NetworkBytes is double told
                    ? T.Real(told, "distinct bytes") : bytes * T.Real(span.Members - inside, "(n - g)") / members;
                T handedOn = span.NetworkBytes is null ? bytes * T.Real(inside - 1, "(g - 1)") / members : bytes;
                T within = handedOn / (T.Real(_domainBandwidth, "B") * T.Real(EfficiencyWithin(collective), "e"));
                return (extra, T.Larger(sent / network, within));
            default:
                if (LineOf(collective, inside, size, across: true) is not CollectiveLine line)
                    return Ring<T>(collective, span, size);
                T passes = T.Real(collective == CollectiveKind.AllReduce ? 2 : 1, "k");
                T hops = passes * T.Real(BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)span.Domains)), "ceil(log2 N)")
                    * T.Real(_cluster.InterNode.Latency, "hop");
                T rails = passes * T.Real(span.Domains - 1.0, "(N - 1)") / domains * (bytes / T.Real(inside, "g")) / network;
                return (line.Fixed<T>(inside) + extra + hops, T.Larger(line.Link<T>(inside, size, _domainBandwidth), rails));
        }
    }

    /// <summary>The quickest of the lines that apply; null when none does.</summary>
    private CollectiveLine? LineOf(CollectiveKind collective, int members, double size, bool across)
    {
        CollectiveLine? best = null;
        double least = 0;
        foreach (CollectiveLine line in _lines[(int)collective])
        {
            if (!(across ? line.AppliesAcross(members, size) : line.AppliesInDomain(members, size)))
                continue;
            double seconds = line.FixedSeconds(members) + line.LinkSeconds(members, size, _domainBandwidth);
            if (best is null || seconds < least)
                (best, least) = (line, seconds);
        }

        return best;
    }

    private double EfficiencyWithin(CollectiveKind collective)
    {
        double most = 0;
        foreach (CollectiveLine line in _lines[(int)collective])
            most = Math.Max(most, line.Efficiency);
        return most > 0 ? most : 1;
    }

    private (T Latency, T Link) Ring<T>(CollectiveKind collective, GroupSpan span, double size)
        where T : IReal<T>
    {
        LinkSpec link = RingLink(collective, span);
        T latency = CollectiveCost.LatencySeconds<T>(collective, span.Members, link.Latency);
        if (span.NetworkBytes is double bytes)
        {
            return (latency, T.Larger(T.Real(bytes, "distinct bytes") / T.Real(link.Bandwidth, "BI"),
                T.Real(size, "S") / T.Real(_domainBandwidth, "B")));
        }

        return (latency, CollectiveCost.Seconds<T>(collective, span.Members, size, link) - latency);
    }

    /// <summary>
    /// The link of a ring: the slowest that the group needs. A ring that leaves its nodes runs over all their NICs, so it is as fast as
    /// those of the members in one node (or domain) together, but no faster than the links within.
    /// </summary>
    private LinkSpec RingLink(CollectiveKind collective, GroupSpan span)
    {
        LinkSpec link = span.Level == LinkLevel.Network ? _network : _cluster.LinkOf(span.Level);
        bool ring = collective is CollectiveKind.AllReduce or CollectiveKind.AllGather or CollectiveKind.ReduceScatter;
        return ring && span.Level == LinkLevel.Network && span.MembersTogether > 1
            ? link with { Bandwidth = Math.Min(span.MembersTogether * link.Bandwidth, _domainBandwidth) }
            : link;
    }
}
