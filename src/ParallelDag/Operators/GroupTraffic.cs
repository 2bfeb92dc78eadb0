using ParallelDag.Collectives;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>The traffic of one process group.</summary>
/// <param name="Size">S in bytes, as nccl-tests counts it.</param>
/// <param name="WireBytes">The exact sum of bytes that members send to each other.</param>
public readonly record struct Traffic(long Size, long WireBytes);

/// <summary>How much a collective moves.</summary>
public interface IGroupTraffic
{
    /// <summary>The traffic of one process group, given its ranks.</summary>
    Traffic Of(IReadOnlyList<int> group);

    /// <summary>The bytes that a member sends over the network, where that is not what follows from S; else null.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="islandOf">Which ranks reach each other without it: those with equal numbers.</param>
    double? NetworkBytesOfMember(IReadOnlyList<int> group, Func<int, int> islandOf) => null;
}

/// <summary>A collective that moves plain tensors, summed over the tensors; exact for uneven shards.</summary>
/// <param name="collective">Which.</param>
/// <param name="before">What each rank holds before.</param>
/// <param name="after">What each rank holds after.</param>
internal sealed class TensorTraffic(CollectiveKind collective, IReadOnlyList<ShardedTensor> before, IReadOnlyList<ShardedTensor> after)
    : IGroupTraffic
{
    public Traffic Of(IReadOnlyList<int> group)
    {
        long size = 0, wire = 0;
        for (int i = 0; i < before.Count; i++)
        {
            ITensor source = before[i];
            if (collective == CollectiveKind.AllToAll)
            {
                long largest = 0;
                foreach (int rank in group)
                {
                    largest = Math.Max(largest, source.LocalBytes(rank));
                    wire = checked(wire + source.LocalBytes(rank) - source.Format.ElementBytes(before[i].SharedElements(rank, after[i])));
                }

                size = checked(size + largest);
                continue;
            }

            long total = collective == CollectiveKind.AllGather ? group.Sum(source.LocalBytes) : source.LocalBytes(group[0]);
            size = checked(size + total);
            wire = checked(wire + CollectiveCost.WireBytes(collective, group.Count, total));
        }

        return new Traffic(size, wire);
    }
}

/// <summary>A gather or scatter whose array is the sum of the pieces of its members.</summary>
/// <param name="collective">All-Gather or Reduce-Scatter.</param>
/// <param name="piece">What one member contributes or keeps.</param>
internal sealed class PieceTraffic(CollectiveKind collective, ITensor piece) : IGroupTraffic
{
    public Traffic Of(IReadOnlyList<int> group)
    {
        long total = group.Sum(piece.LocalBytes);
        return new Traffic(total, CollectiveCost.WireBytes(collective, group.Count, total));
    }
}

/// <summary>A collective of which every member ends with (or starts from) the same whole tensor.</summary>
/// <param name="collective">Which.</param>
/// <param name="whole">The whole tensor, as each member holds it.</param>
internal sealed class WholeTraffic(CollectiveKind collective, ITensor whole) : IGroupTraffic
{
    public Traffic Of(IReadOnlyList<int> group)
    {
        long size = whole.LocalBytes(group[0]);
        return new Traffic(size, CollectiveCost.WireBytes(collective, group.Count, size));
    }
}

/// <summary>One step around a ring: every member passes its pieces to its neighbour.</summary>
/// <param name="pieces">What a member passes.</param>
internal sealed class RingTraffic(IReadOnlyList<ITensor> pieces) : IGroupTraffic
{
    public Traffic Of(IReadOnlyList<int> group)
    {
        long total = group.Sum(rank => pieces.Sum(piece => piece.LocalBytes(rank)));
        return new Traffic(total, total);
    }
}
