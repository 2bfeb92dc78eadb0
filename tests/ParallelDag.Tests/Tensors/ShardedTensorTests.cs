using ParallelDag.Precisions;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Tensors;

public class ShardedTensorTests
{
    [Fact]
    public void Shards_cover_the_tensor_once()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var mesh = new DeviceMesh((Axis.Tp, random.Next(1, 5)), (Axis.Sp, random.Next(1, 4)), (Axis.Dp, random.Next(1, 4)));
            long rows = random.Next(0, 30), columns = random.Next(1, 30);
            var tensor = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("rows", rows), ("columns", columns)],
                [(Axis.Dp, Placement.Shard("rows")), (Axis.Sp, Placement.Shard("rows")), (Axis.Tp, Placement.Shard("columns"))]);
            int[,] covered = new int[rows, columns];
            for (int rank = 0; rank < mesh.Size; rank++)
            {
                (long row, long height) = tensor.LocalRange(rank, 0);
                (long column, long width) = tensor.LocalRange(rank, 1);
                for (long r = row; r < row + height; r++)
                {
                    for (long c = column; c < column + width; c++)
                        covered[r, c]++;
                }
            }

            Assert.All(covered.Cast<int>(), times => Assert.Equal(1, times));
            long[] sizes = [.. Enumerable.Range(0, mesh.Size).Select(rank => tensor.LocalSize(rank, 0))];
            Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        }
    }

    [Fact]
    public void An_axis_that_changes_goes_innermost()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2), (Axis.Sp, 2));
        var heads = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("seq_len", 4), ("heads", 8)],
            [(Axis.Sp, Placement.Shard("seq_len")), (Axis.Tp, Placement.Shard("heads"))]);
        ShardedTensor exchanged = heads.With((Axis.Sp, Placement.Shard("heads")));

        // Rank 1 is tp=1, sp=0: of the heads 4-7 that it held it keeps the first half.
        Assert.Equal((4, 2), exchanged.LocalRange(1, 1));
        Assert.Equal(2 * 2, heads.SharedElements(1, exchanged));
    }
}
