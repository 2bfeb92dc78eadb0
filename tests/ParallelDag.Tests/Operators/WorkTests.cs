using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Operators;

/// <summary>Operations counted pair by pair and element by element.</summary>
public class WorkTests
{
    private const long Heads = 5, Each = 3, Batch = 2;

    private static ShardedTensor Query(int sp, long positions, bool split = true) => new(
        null, new DeviceMesh((Axis.Sp, sp)), NumberFormat.Bf16, [("batch_size", Batch), ("seq_len", positions), ("heads", Heads)],
        split ? [(Axis.Sp, Placement.Shard("seq_len"))] : []);

    /// <summary>
    /// Zig-zag: of 2n halves rank r holds the r-th from either end. Its own block is what its queries see of its own keys; each other
    /// block what they see of another rank's.
    /// </summary>
    [Theory]
    [InlineData(2, 8)]
    [InlineData(3, 24)]
    [InlineData(4, 64)]
    public void Blocks_of_a_ring_are_those_of_its_zig_zag_halves(int ranks, int positions)
    {
        int half = positions / (2 * ranks);
        int RankOf(int position) => Math.Min(position / half, (2 * ranks) - 1 - (position / half));
        long[,] seen = new long[ranks, ranks];
        for (int query = 0; query < positions; query++)
        {
            for (int key = 0; key <= query; key++)
                seen[RankOf(query), RankOf(key)]++;
        }

        ShardedTensor queries = Query(ranks, positions);
        Int128 pairs = (Int128)positions * (positions + 1) / 2;
        for (int rank = 0; rank < ranks; rank++)
        {
            for (int block = 0; block < ranks; block++)
            {
                Assert.Equal(Batch * Heads * Each * seen[rank, (rank + block) % ranks],
                    (long)new RingPairWork(queries, pairs, Each, block).Flops(rank));
            }
        }
    }

    /// <summary>Whatever does not divide, no pair is lost or counted twice.</summary>
    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 25)]
    [InlineData(4, 5)]
    [InlineData(5, 31)]
    public void Blocks_of_a_ring_add_up_to_all_pairs(int ranks, int positions)
    {
        long pairs = positions * (positions + 1L) / 2, sum = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            for (int block = 0; block < ranks; block++)
                sum += (long)new RingPairWork(Query(ranks, positions), pairs, 1, block).Flops(rank);
        }

        Assert.Equal(Batch * Heads * pairs, sum);
    }

    [Fact]
    public void Pairs_are_shared_over_sp_where_positions_are()
    {
        const long Pairs = 11 * 12 / 2;
        long[] shares = [.. Enumerable.Range(0, 4).Select(rank => (long)new PairWork(Query(4, 11), Pairs, Each).Flops(rank))];
        Assert.Equal(Batch * Heads * Each * Pairs, shares.Sum());
        Assert.InRange(shares.Max() - shares.Min(), 0, Heads * Each);
        Assert.All(Enumerable.Range(0, 4), rank =>
            Assert.Equal(Batch * Heads * Each * Pairs, (long)new PairWork(Query(4, 11, split: false), Pairs, Each).Flops(rank)));
    }

    /// <summary>Keys split by token: each rank has its share of the pairs of all queries.</summary>
    [Fact]
    public void Pairs_of_split_keys_are_shared_over_their_axis()
    {
        var mesh = new DeviceMesh((Axis.Dcp, 4));
        var query = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("batch_size", 2), ("seq_len", 1), ("heads", 5)], []);
        long[] shares = [.. Enumerable.Range(0, 4).Select(rank => (long)new SplitPairWork(query, 10, Each, Axis.Dcp).Flops(rank))];
        Assert.Equal([2 * 5 * 3 * 3L, 2 * 5 * 3 * 3, 2 * 5 * 3 * 2, 2 * 5 * 3 * 2], shares);
    }

    /// <summary>n queries that see 1, 2, .. n keys see (n+1)/2 each; the span of the last is n. Where none are, it is none.</summary>
    [Fact]
    public void The_span_of_causal_queries_is_that_of_the_last()
    {
        Assert.Equal(64, new PairWork(Query(1, 64), 64 * 65 / 2, Each).Extent(0));
        Assert.Equal(0, PairWork.Span(0, 0));
    }

    [Fact]
    public void A_product_has_the_rate_of_its_first_matrix()
    {
        var mesh = new DeviceMesh((Axis.Tp, 1));
        var tokens = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("batch_size", 2), ("seq_len", 3)], []);
        PlacedWeight vector = new(WeightSpec.Vector("bias", WeightClass.Small, 4), NumberFormat.Bf16, mesh, axis: null),
            matrix = new(new WeightSpec("proj", WeightClass.Attention, 4, 5), NumberFormat.Fp8, mesh, axis: null);
        var work = new LinearWork(tokens, [vector, matrix]);
        Assert.Equal(PeakRate.Bits8, work.Rate);
        Assert.Equal(2 * 6 * 20, (long)work.Flops(0));
        Assert.Equal(PeakRate.Bits16, new LinearWork(tokens, [vector]).Rate);
    }
}
