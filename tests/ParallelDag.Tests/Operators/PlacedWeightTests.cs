using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Tests.Operators;

/// <summary>Which part of a weight a rank holds.</summary>
public class PlacedWeightTests
{
    private static PlacedWeight Weight(
        WeightSplit split, long rows, long columns, DeviceMesh mesh, IReadOnlyList<Axis> axes, long units = 0,
        NumberFormat? format = null) =>
        new(new WeightSpec("proj", WeightClass.Attention, rows, columns) { Split = split, Units = units }, format ?? NumberFormat.Bf16,
            mesh, axes);

    private static (long Start, long Length)[] Ranges(PlacedWeight weight, int ranks) =>
        [.. Enumerable.Range(0, ranks).Select(weight.LocalRange)];

    /// <summary>Ten rows over four ranks: two of three, two of two.</summary>
    [Theory]
    [InlineData(WeightSplit.Rows)]
    [InlineData(WeightSplit.Columns)]
    public void Ranks_hold_consecutive_parts_of_the_split_side(WeightSplit split)
    {
        bool rows = split == WeightSplit.Rows;
        PlacedWeight weight = Weight(split, rows ? 10 : 7, rows ? 7 : 10, new DeviceMesh((Axis.Tp, 4)), [Axis.Tp]);
        Assert.Equal([(0, 3), (3, 3), (6, 2), (8, 2)], Ranges(weight, 4));
        Assert.Equal([3, 3, 2, 2], Enumerable.Range(0, 4).Select(weight.LocalWidth));
        Assert.Equal([21, 21, 14, 14], Enumerable.Range(0, 4).Select(weight.MatrixElements));
        Assert.Equal([42, 42, 28, 28], Enumerable.Range(0, 4).Select(weight.Bytes));
        Assert.Equal(rows ? 7 : 3, weight.Columns(0));
        Assert.Equal(rows ? 3 : 7, weight.Rows(0));
        Assert.Equal([Axis.Tp], weight.SplitAxes);
    }

    /// <summary>The outer axis first: halves of six and five rows, of which each rank along the inner axis has a part.</summary>
    [Fact]
    public void Two_axes_split_parts_of_parts()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2), (Axis.Dp, 2), (Axis.Ep, 1));
        PlacedWeight weight = Weight(WeightSplit.Rows, 11, 1, mesh, [Axis.Dp, Axis.Tp, Axis.Ep]);
        Assert.Equal([(0, 3), (3, 3), (6, 3), (9, 2)], Ranges(weight, 4));
        Assert.Equal([Axis.Dp, Axis.Tp], weight.SplitAxes);
    }

    [Fact]
    public void What_is_not_split_is_whole_everywhere()
    {
        var mesh = new DeviceMesh((Axis.Tp, 4));
        foreach (PlacedWeight weight in new[]
        {
            Weight(WeightSplit.None, 10, 7, mesh, [Axis.Tp]), Weight(WeightSplit.Rows, 10, 7, mesh, []),
            Weight(WeightSplit.Rows, 10, 7, new DeviceMesh((Axis.Tp, 1), (Axis.Dp, 4)), [Axis.Tp]),
        })
        {
            Assert.Equal(Enumerable.Repeat((0L, 10L), 4), Ranges(weight, 4));
            Assert.Empty(weight.SplitAxes);
            Assert.Equal(140, weight.Bytes(3));
        }
    }

    /// <summary>Heads stay whole: three heads of four rows over two ranks are two and one.</summary>
    [Fact]
    public void Units_stay_whole()
    {
        PlacedWeight weight = Weight(WeightSplit.Rows, 12, 1, new DeviceMesh((Axis.Tp, 2)), [Axis.Tp], units: 3);
        Assert.Equal([(0, 8), (8, 4)], Ranges(weight, 2));
    }

    /// <summary>Two KV heads of four rows on four ranks: each head on two of them.</summary>
    [Fact]
    public void With_more_ranks_than_units_each_rank_has_a_copy_of_one()
    {
        PlacedWeight weight = Weight(WeightSplit.Rows, 8, 1, new DeviceMesh((Axis.Tp, 4)), [Axis.Tp], units: 2);
        Assert.Equal([(0, 4), (0, 4), (4, 4), (4, 4)], Ranges(weight, 4));
        PlacedWeight exact = Weight(WeightSplit.Rows, 8, 1, new DeviceMesh((Axis.Tp, 2)), [Axis.Tp], units: 2);
        Assert.Equal([(0, 4), (4, 4)], Ranges(exact, 2));
    }

    /// <summary>A weight without units is not copied: of two rows on four ranks two ranks hold none.</summary>
    [Fact]
    public void Rows_are_not_copied()
    {
        PlacedWeight weight = Weight(WeightSplit.Rows, 2, 1, new DeviceMesh((Axis.Tp, 4)), [Axis.Tp]);
        Assert.Equal([1, 1, 0, 0], Enumerable.Range(0, 4).Select(weight.LocalWidth));
    }

    /// <summary>A scale of its own a channel cuts no shard; one of 32 columns does where columns are split.</summary>
    [Fact]
    public void Blocks_longer_than_one_along_the_split_side_bound_its_shards()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2));
        int? Block(WeightSplit split, NumberFormat format) => Weight(split, 64, 64, mesh, [Axis.Tp], format: format).SplitBlock;
        Assert.Null(Block(WeightSplit.Rows, NumberFormat.Fp8Channel));
        Assert.Null(Block(WeightSplit.Rows, NumberFormat.MxFp8));
        Assert.Equal(32, Block(WeightSplit.Columns, NumberFormat.MxFp8));
        Assert.Equal(16, Block(WeightSplit.Rows, NumberFormat.Fp8Blocks(16, 1)));
        Assert.Null(Block(WeightSplit.Columns, NumberFormat.Fp8Blocks(16, 1)));
        Assert.Null(Block(WeightSplit.Rows, NumberFormat.Fp8Blocks(1, 16)));
        Assert.Null(Block(WeightSplit.None, NumberFormat.Fp8Blocks(16, 16)));
    }
}
