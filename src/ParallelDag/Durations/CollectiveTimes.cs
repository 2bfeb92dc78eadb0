using System.Numerics;
using ParallelDag.Collectives;

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

    internal CollectiveTimes(ClusterSpec cluster, TimingSpec timing, IReadOnlyList<CollectiveLine> lines)
    {
        (_cluster, _timing) = (cluster, timing);
        _measured = lines.Count > 0;
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
        if (!_measured)
            return Ring(collective, span, size);
        if (span.Level == LinkLevel.Domain)
        {
            (double Fixed, double Link) best = Best(collective, span.Members, size, across: false);
            return best.Fixed >= 0 ? Time(best.Fixed, best.Link) : Ring(collective, span, size);
        }

        return span.Level == LinkLevel.Network ? OverNetwork(collective, span, size) : Ring(collective, span, size);
    }

    private NodeTime OverNetwork(CollectiveKind collective, GroupSpan span, double size)
    {
        double network = _cluster.LinkOf(LinkLevel.Network).Bandwidth * _timing.NetworkEfficiency / _timing.Oversubscription;
        int n = span.Members, inside = span.MembersPerDomain;
        switch (collective)
        {
            case CollectiveKind.SendRecv:
                return Time(_timing.SendLatency, size / network);
            case CollectiveKind.AllToAll:
                double between = (span.NetworkBytes ?? (size * (n - inside) / n)) / network;
                double handedOn = span.NetworkBytes is null ? size * (inside - 1) / n : size;
                double within = handedOn / (_cluster.IntraNode.Bandwidth * EfficiencyWithin(collective));
                return Time(_timing.NetworkLatency, Math.Max(between, within));
            default:
                int passes = collective == CollectiveKind.AllReduce ? 2 : 1;
                (double alpha, double beta) = Best(collective, inside, size, across: true);
                if (alpha < 0)
                    return Ring(collective, span, size);
                double hops = passes * BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)span.Domains)) * _cluster.InterNode.Latency;
                double rails = passes * (span.Domains - 1.0) / span.Domains * (size / inside) / network;
                return Time(alpha + _timing.NetworkLatency + hops, Math.Max(beta, rails));
        }
    }

    /// <summary>The smallest of the lines that apply, as its two parts; -1 when none does.</summary>
    private (double Fixed, double Link) Best(CollectiveKind collective, int members, double size, bool across)
    {
        (double Fixed, double Link) best = (-1, 0);
        foreach (CollectiveLine line in _lines[(int)collective])
        {
            if (!(across ? line.AppliesAcross(members, size) : line.AppliesInDomain(members, size)))
                continue;
            (double Fixed, double Link) time = (line.FixedSeconds(members), line.LinkSeconds(members, size, _cluster.IntraNode.Bandwidth));
            if (best.Fixed < 0 || time.Fixed + time.Link < best.Fixed + best.Link)
                best = time;
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

    private NodeTime Ring(CollectiveKind collective, GroupSpan span, double size)
    {
        LinkSpec link = RingLink(collective, span);
        double all = CollectiveCost.Seconds(collective, span.Members, size, link.Latency, link.Bandwidth);
        double latency = CollectiveCost.Seconds(collective, span.Members, 1, link.Latency, double.PositiveInfinity);
        if (span.NetworkBytes is double bytes)
            return Time(latency, Math.Max(bytes / link.Bandwidth, size / _cluster.IntraNode.Bandwidth));
        return Time(latency, all - latency);
    }

    /// <summary>
    /// The link of a ring: the slowest that the group needs. A ring that leaves its nodes runs over all their NICs, so it is as fast as
    /// those of the members in one node (or domain) together, but no faster than the links within.
    /// </summary>
    private LinkSpec RingLink(CollectiveKind collective, GroupSpan span)
    {
        LinkSpec link = _cluster.LinkOf(span.Level);
        bool ring = collective is CollectiveKind.AllReduce or CollectiveKind.AllGather or CollectiveKind.ReduceScatter;
        return ring && span.Level == LinkLevel.Network && span.MembersTogether > 1
            ? link with { Bandwidth = Math.Min(span.MembersTogether * link.Bandwidth, _cluster.IntraNode.Bandwidth) }
            : link;
    }

    private static NodeTime Time(double latency, double link) =>
        new(latency + link, latency > link ? TimeBound.Latency : TimeBound.Link);
}
