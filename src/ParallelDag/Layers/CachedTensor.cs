using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// What a mixer keeps between steps: per cached position (K, V, an MLA latent) or per sequence (the state of a recurrence), as units of
/// some width.
/// Units are split over tp; with fewer units than ranks each is replicated, one a rank.
/// </summary>
/// <param name="Name">The tensor's name: <c>K</c>.</param>
/// <param name="Dimension">The name of the units: <c>kv_heads</c>; null for one unit that every tp rank holds.</param>
/// <param name="Units">Units: KV heads, state heads, 1 for a latent.</param>
/// <param name="Width">Elements of a unit.</param>
public sealed record CachedTensor(string Name, string? Dimension, int Units, long Width)
{
    /// <summary>The name of the width: <c>d_k</c>, <c>latent_dim</c>, <c>state</c>.</summary>
    public string WidthName { get; init; } = "d_k";

    /// <summary>True for a state of the whole sequence, false for an entry a position.</summary>
    public bool PerSequence { get; init; }

    /// <summary>A format of its own; null: the precision's cache format.</summary>
    public NumberFormat? Format { get; init; }

    /// <summary>How its elements are stored.</summary>
    public NumberFormat FormatIn(Precision precision) => Format ?? (PerSequence ? precision.Activations : precision.KvCache);

    /// <summary>Bytes of one position, or of one sequence's state, over all units.</summary>
    /// <exception cref="OverflowException">More than 2^63-1.</exception>
    public long Bytes(Precision precision) => FormatIn(precision).ElementBytes(checked(Units * Width));

    /// <summary>Units over all tp ranks, replicas counted.</summary>
    public int Slots(int tp) => Math.Max(Units, tp);

    /// <summary>
    /// The tensor as the ranks of a phase hold it: [batch_size, seq_len, units, width] of the tokens that pass, or [batch_size, units,
    /// width] a sequence;
    /// units over tp.
    /// </summary>
    public ShardedTensor Of(PhaseContext context)
    {
        NumberFormat format = FormatIn(context.Precision);
        if (Dimension is null)
            return PerSequence ? context.Sequences(Name, format, (WidthName, Width)) : context.Tokens(Name, format, (WidthName, Width));
        int slots = Slots(context.Mesh.Degree(Axis.Tp));
        ShardedTensor tensor = PerSequence
            ? context.Sequences(Name, format, (Dimension, slots), (WidthName, Width))
            : context.Tokens(Name, format, (Dimension, slots), (WidthName, Width));
        return tensor.With((Axis.Tp, Placement.Shard(Dimension)));
    }

    /// <summary>
    /// The units that a rank holds: with fewer units than tp ranks, the one that it holds a copy of; of a latent all there is.
    /// </summary>
    public (long Start, long Length) UnitsOf(PhaseContext context, int rank)
    {
        if (Dimension is null)
            return (0, 1);
        int tp = context.Mesh.Degree(Axis.Tp), slots = Slots(tp), coordinate = context.Mesh.Coordinate(rank, Axis.Tp);
        long start = Partition.Start(slots, tp, coordinate), length = Partition.Size(slots, tp, coordinate);
        return slots == Units ? (start, length) : (start * Units / slots, 1);
    }
}
