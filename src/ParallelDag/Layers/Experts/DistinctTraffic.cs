using System.Numerics;
using ParallelDag.Meshes;
using ParallelDag.Operators;

namespace ParallelDag.Layers;

/// <summary>
/// Traffic of a dispatch (or, back, a combine) of one EP group in which a token travels once to each rank that has some of its experts
/// (DeepEP's normal kernels): the expected number of (token, rank) pairs under uniform routing, worked out exactly and rounded once. S is
/// the
/// most that one member sends, its own part included; on the wire is what other ranks get. Over the network, a token travels once to each
/// node and is handed on there: <see cref="NetworkBytes"/>.
/// </summary>
internal sealed class DistinctTraffic(ExpertRouting routing, MoeFeedForward moe, DeviceMesh mesh, long rowBytes, bool back) : IRoutedTraffic
{
    private readonly DistinctTargets _targets = new(moe, routing.Placement);

    // The chance of each EP rank, once somebody has asked. Two threads may both compute them: to the same result.
    private (BigInteger Hit, BigInteger Of)[]? _chances;

    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        BigInteger tokens = 0, hits = 0, wire = 0, largest = 0, all = 1;
        foreach (int rank in group)
        {
            (BigInteger hit, all) = Chance(rank);
            (tokens, hits) = (tokens + Tokens(rank), hits + hit);
        }

        foreach (int rank in group)
        {
            BigInteger hit = Chance(rank).Hit;
            wire += Tokens(rank) * (hits - hit);
            largest = BigInteger.Max(largest, back ? tokens * hit : Tokens(rank) * hits);
        }

        T row = T.Of(rowBytes, "bytes of a token");
        return (T.Of(checked((Int128)((largest + all - 1) / all)), "tokens that a member sends") * row,
            T.Of(checked((Int128)Rounded(wire, all)), "expected (token, other rank) pairs") * row);
    }

    /// <inheritdoc/>
    public long NetworkBytes(IReadOnlyList<int> group, Func<int, int> nodeOf)
    {
        BigInteger pairs = 0, all = 1;
        ILookup<int, int> nodes = group.ToLookup(nodeOf);
        foreach (IGrouping<int, int> node in nodes)
        {
            (BigInteger hit, all) = _targets.Chance([.. node.Select(rank => mesh.Coordinate(rank, Axis.Ep))]);
            pairs += hit * group.Where(rank => nodeOf(rank) != node.Key).Aggregate(BigInteger.Zero, (sum, rank) => sum + Tokens(rank));
        }

        return checked((long)(Rounded(pairs, all) * rowBytes));
    }

    /// <inheritdoc/>
    public double? NetworkBytesOfMember(IReadOnlyList<int> group, Func<int, int> islandOf) =>
        NetworkBytes(group, islandOf) / (double)group.Count;

    /// <summary>Ranks of a group that a token travels to, its own included.</summary>
    public double RanksOfToken(IReadOnlyList<int> group) => group.Sum(rank => Ratio(Chance(rank)));

    /// <summary>Nodes of a group that a token travels to, its own included.</summary>
    public double NodesOfToken(IReadOnlyList<int> group, Func<int, int> nodeOf) =>
        group.GroupBy(nodeOf).Sum(node => Ratio(_targets.Chance([.. node.Select(rank => mesh.Coordinate(rank, Axis.Ep))])));

    private static double Ratio((BigInteger Hit, BigInteger Of) chance) =>
        chance.Hit.IsZero ? 0 : Math.Exp(BigInteger.Log(chance.Hit) - BigInteger.Log(chance.Of));

    private (BigInteger Hit, BigInteger Of) Chance(int rank)
    {
        _chances ??= [.. Enumerable.Range(0, routing.Placement.Ranks).Select(epRank => _targets.Chance([epRank]))];
        return _chances[mesh.Coordinate(rank, Axis.Ep)];
    }

    private BigInteger Tokens(int rank) => routing.SlotsOf(rank) / moe.TopK;

    private static BigInteger Rounded(BigInteger numerator, BigInteger denominator) => ((2 * numerator) + denominator) / (2 * denominator);
}
