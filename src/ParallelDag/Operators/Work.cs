using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// Floating-point operations of an operator on a rank, as exact integers. Activations, rotary positions and softmax are not counted.
/// Immutable, safe to share between threads.
/// </summary>
public abstract class Work
{
    /// <summary>The rate that bounds it.</summary>
    public virtual PeakRate Rate => PeakRate.Bits16;

    /// <summary>Operations of <paramref name="rank"/>.</summary>
    public Int128 Flops(int rank) => Count<Exact>(rank).Value;

    /// <summary>What the operations are for: <c>matrix products</c>.</summary>
    internal abstract string Title { get; }

    /// <summary>The operations of <paramref name="rank"/> as a formula: computed, or told.</summary>
    internal abstract T Count<T>(int rank)
        where T : IExact<T>;

    /// <summary>The size on <paramref name="rank"/> that the efficiency of a kernel grows with; 0 where none does.</summary>
    public virtual double Extent(int rank) => 0;

    /// <summary>Tells apart ranks with different amounts.</summary>
    public abstract void Distinguish(RankClasses classes);
}

/// <summary>Matrix products: 2mkn for every matrix that each token passes (m tokens, k inputs, n outputs).</summary>
/// <param name="tokens">The tokens, batch and sequence first.</param>
/// <param name="weights">The matrices; vectors among them are passed over.</param>
public sealed class LinearWork(ShardedTensor tokens, IReadOnlyList<PlacedWeight> weights) : Work
{
    /// <inheritdoc/>
    public override PeakRate Rate => weights.FirstOrDefault(weight => !weight.Spec.IsVector)?.Format.Rate ?? PeakRate.Bits16;

    internal override string Title => "matrix products";

    internal override T Count<T>(int rank)
    {
        var elements = default(Sum<T>);
        foreach (PlacedWeight weight in weights)
        {
            if (!weight.Spec.IsVector)
                elements.Add(weight.MatrixElements<T>(rank));
        }

        return T.Of(2) * elements.Total * PhaseContext.LocalTokens<T>(tokens, rank);
    }

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes)
    {
        tokens.Distinguish(classes);
        foreach (PlacedWeight weight in weights)
            weight.Distinguish(classes);
    }
}

/// <summary>
/// Work of one block of ring attention. A rank's share of all pairs (<see cref="PairWork"/>) is that of its own block and of the sp - 1
/// others: with zig-zag halves of
/// S/2sp positions the own one has S/2sp pairs more than each other, which see all of two halves.
/// </summary>
/// <param name="query">The queries [batch, sequence, heads, ...].</param>
/// <param name="pairsOfSequence">Pairs of one whole sequence.</param>
/// <param name="each">Operations of a pair and head.</param>
/// <param name="block">The block, from 0: the rank's own.</param>
public sealed class RingPairWork(ShardedTensor query, Int128 pairsOfSequence, long each, int block) : Work
{
    internal override string Title => "pairs of a block of the ring";

    internal override T Count<T>(int rank) => Pairs<T>(rank) * T.Of(query.LocalSize(rank, 2), "heads") * T.Of(each, "a pair");

    /// <summary>The span of its queries within the block.</summary>
    public override double Extent(int rank) => PairWork.Span(Pairs<Exact>(rank).Value, PhaseContext.LocalTokens(query, rank));

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes)
    {
        query.Distinguish(classes);
        long[] pairs = new long[query.Mesh.Size];
        for (int rank = 0; rank < pairs.Length; rank++)
            pairs[rank] = (long)(Pairs<Exact>(rank).Value & long.MaxValue);
        classes.Split(pairs);
    }

    private T Pairs<T>(int rank)
        where T : IExact<T>
    {
        int ranks = query.Mesh.Degree(Axis.Sp), coordinate = query.Mesh.Coordinate(rank, Axis.Sp);
        Int128 positions = query.Dimensions[1].Size;
        Int128 diagonal = Int128.Min(pairsOfSequence, ((2 * pairsOfSequence) + (positions * (ranks - 1))) / (2 * ranks));
        T sequences = T.Of(query.LocalSize(rank, 0), "sequences");
        T own = T.Share(sequences * T.Of(diagonal, "pairs in own blocks"), ranks, coordinate, "sp");
        if (block == 0)
            return own;
        T all = T.Share(sequences * T.Of(pairsOfSequence, "pairs of a sequence"), ranks, coordinate, "sp");
        return T.Share(all - own, ranks - 1, block - 1, "other blocks");
    }
}

/// <summary>Work on (query, key) pairs whose keys are split by token over an axis: each rank has its share of a sequence's pairs.</summary>
/// <param name="query">The queries [batch, sequence, heads, ...].</param>
/// <param name="pairsOfSequence">Pairs of one whole sequence.</param>
/// <param name="each">Operations of a pair and head.</param>
/// <param name="axis">The axis that splits the keys.</param>
public sealed class SplitPairWork(ShardedTensor query, long pairsOfSequence, long each, Axis axis) : Work
{
    internal override string Title => "pairs of queries and keys";

    internal override T Count<T>(int rank) =>
        T.Of(query.LocalSize(rank, 0), "sequences") * T.Of(query.LocalSize(rank, 2), "heads") * T.Of(each, "a pair")
        * T.Share(T.Of(pairsOfSequence, "pairs of a sequence"), query.Mesh.Degree(axis), query.Mesh.Coordinate(rank, axis), axis.ToName());

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes)
    {
        query.Distinguish(classes);
        classes.SplitByShards(query.Mesh, [axis], pairsOfSequence);
    }
}

/// <summary>A fixed number of operations for every element of a tensor: a norm 4, an addition 1.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="each">Operations of an element.</param>
public sealed class ElementWork(ITensor tensor, int each) : Work
{
    /// <summary>Operations of a norm for an element.</summary>
    public const int Norm = 4;

    internal override string Title => each == Norm ? "a norm" : "sums over elements";

    internal override T Count<T>(int rank) => tensor.Elements<T>(rank) * T.Of(each, "an element");

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes) => tensor.Distinguish(classes);
}

/// <summary>A number of operations for every token and every unit (head) that a rank has of a tensor.</summary>
/// <param name="tensor">A tensor [batch, sequence, units, ...].</param>
/// <param name="each">Operations of a token and unit.</param>
public sealed class UnitWork(ShardedTensor tensor, long each) : Work
{
    internal override string Title => "tokens and heads";

    internal override T Count<T>(int rank) =>
        PhaseContext.LocalTokens<T>(tensor, rank) * T.Of(tensor.LocalSize(rank, 2), "heads") * T.Of(each, "a token and head");

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes) => tensor.Distinguish(classes);
}

/// <summary>
/// Work on (query, key) pairs: those of a sequence, times the sequences and units (heads) of a rank. The pairs of a prompt are shared
/// evenly over the ranks
/// that split its sequence (zig-zag), as integers that sum to the whole.
/// </summary>
/// <param name="query">The queries [batch, sequence, heads, ...].</param>
/// <param name="pairsOfSequence">Pairs of one whole sequence.</param>
/// <param name="each">Operations of a pair and head.</param>
public sealed class PairWork(ShardedTensor query, Int128 pairsOfSequence, long each) : Work
{
    private readonly bool _shared = query.PlacementOn(Axis.Sp).Dimension == "seq_len" && query.Mesh.Degree(Axis.Sp) > 1;

    internal override string Title => "pairs of queries and keys";

    internal override T Count<T>(int rank) => Pairs<T>(rank) * T.Of(query.LocalSize(rank, 2), "heads") * T.Of(each, "a pair");

    /// <inheritdoc/>
    public override double Extent(int rank) => Span(Pairs<Exact>(rank).Value, PhaseContext.LocalTokens(query, rank));

    /// <summary>
    /// The span of queries, 2*pairs/queries - 1: the length of a causal prompt, however many ranks share it; of a chunk behind s positions
    /// 2s and its own length.
    /// </summary>
    internal static double Span(Int128 pairs, long queries) => queries == 0 ? 0 : (2 * (double)pairs / queries) - 1;

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes)
    {
        query.Distinguish(classes);
        if (!_shared)
            return;
        long[] pairs = new long[query.Mesh.Size];
        for (int rank = 0; rank < pairs.Length; rank++)
            pairs[rank] = (long)(Pairs<Exact>(rank).Value & long.MaxValue);
        classes.Split(pairs);
    }

    private T Pairs<T>(int rank)
        where T : IExact<T>
    {
        T all = T.Of(query.LocalSize(rank, 0), "sequences") * T.Of(pairsOfSequence, "pairs of a sequence");
        return _shared ? T.Share(all, query.Mesh.Degree(Axis.Sp), query.Mesh.Coordinate(rank, Axis.Sp), "sp") : all;
    }
}
