using ParallelDag.Collectives;
using ParallelDag.Formulas;
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
    Traffic Of(IReadOnlyList<int> group)
    {
        (Exact size, Exact wire) = Count<Exact>(group);
        return new Traffic(checked((long)size.Value), checked((long)wire.Value));
    }

    /// <summary>The bytes that a member sends over the network, where that is not what follows from S; else null.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="islandOf">Which ranks reach each other without it: those with equal numbers.</param>
    double? NetworkBytesOfMember(IReadOnlyList<int> group, Func<int, int> islandOf) => null;

    /// <summary>The same as two formulas.</summary>
    internal (T Size, T Wire) Count<T>(IReadOnlyList<int> group)
        where T : IExact<T>;
}

/// <summary>A collective that moves plain tensors, summed over the tensors; exact for uneven shards.</summary>
/// <param name="collective">Which.</param>
/// <param name="before">What each rank holds before.</param>
/// <param name="after">What each rank holds after.</param>
internal sealed class TensorTraffic(CollectiveKind collective, IReadOnlyList<ShardedTensor> before, IReadOnlyList<ShardedTensor> after)
    : IGroupTraffic
{
    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        Sum<T> size = default, wire = default;
        for (int i = 0; i < before.Count; i++)
        {
            ITensor source = before[i];
            if (collective != CollectiveKind.AllToAll)
            {
                T total = collective == CollectiveKind.AllGather ? Pieces.Of<T>(source, group) : source.Bytes<T>(group[0]);
                size.Add(total);
                wire.Add(CollectiveCost.WireBytes(collective, group.Count, total));
                continue;
            }

            long largest = 0, held = 0, staying = 0;
            foreach (int rank in group)
            {
                largest = Math.Max(largest, source.LocalBytes(rank));
                held = checked(held + source.LocalBytes(rank));
                staying = checked(staying + source.Format.ElementBytes(before[i].SharedElements(rank, after[i])));
            }

            size.Add(T.Of(largest, "bytes of a member"));
            wire.Add(T.Of(held, "bytes of the group") - T.Of(staying, "bytes that stay"));
        }

        return (size.Total, wire.Total);
    }
}

/// <summary>What the members of a group hold together.</summary>
internal static class Pieces
{
    /// <summary>The bytes: members times a piece where all are alike.</summary>
    public static T Of<T>(ITensor piece, IReadOnlyList<int> group)
        where T : IExact<T>
    {
        long first = piece.LocalBytes(group[0]), total = 0;
        bool alike = true;
        foreach (int rank in group)
        {
            long bytes = piece.LocalBytes(rank);
            alike &= bytes == first;
            total = checked(total + bytes);
        }

        return alike ? T.Of(group.Count, "n") * piece.Bytes<T>(group[0]) : T.Of(total, "bytes of all members");
    }
}

/// <summary>A gather or scatter whose array is the sum of the pieces of its members.</summary>
/// <param name="collective">All-Gather or Reduce-Scatter.</param>
/// <param name="piece">What one member contributes or keeps.</param>
internal sealed class PieceTraffic(CollectiveKind collective, ITensor piece) : IGroupTraffic
{
    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        T total = Pieces.Of<T>(piece, group);
        return (total, CollectiveCost.WireBytes(collective, group.Count, total));
    }
}

/// <summary>A collective of which every member ends with (or starts from) the same whole tensor.</summary>
/// <param name="collective">Which.</param>
/// <param name="whole">The whole tensor, as each member holds it.</param>
internal sealed class WholeTraffic(CollectiveKind collective, ITensor whole) : IGroupTraffic
{
    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        T size = whole.Bytes<T>(group[0]);
        return (size, CollectiveCost.WireBytes(collective, group.Count, size));
    }
}

/// <summary>One step around a ring: every member passes its pieces to its neighbour.</summary>
/// <param name="pieces">What a member passes.</param>
internal sealed class RingTraffic(IReadOnlyList<ITensor> pieces) : IGroupTraffic
{
    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        var total = default(Sum<T>);
        foreach (ITensor piece in pieces)
            total.Add(Pieces.Of<T>(piece, group));
        return (total.Total, total.Total);
    }
}
