using ParallelDag.Lowering;
using ParallelDag.Meshes;

namespace ParallelDag.Tests.Lowering;

/// <summary>Nodes of two steps that share ranks, counted rank by rank.</summary>
public class DeviceCellsTests
{
    private static readonly Axis[] Axes = [Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp];

    private static DeviceCells Draw(Random random, params Axis[] order) => new(
        new DeviceMesh([.. order.Zip(random.GetItems([1, 2, 3], order.Length))]),
        [.. Axes.Where(_ => random.Next(2) == 0)]);

    [Fact]
    public void Nodes_of_one_mesh_meet_as_their_ranks_do()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            DeviceCells left = Draw(random, Axes);
            Same(left, new DeviceCells(left.Mesh, [.. Axes.Where(_ => random.Next(2) == 0)]));
            Same(left, new DeviceCells(left.Mesh, []));
            Same(new DeviceCells(left.Mesh, []), left);
        }
    }

    /// <summary>Experts that fold over the ranks of attention: other axes, or the same ones of other degrees or in another order.</summary>
    [Fact]
    public void Nodes_of_two_meshes_of_the_same_ranks_meet_as_their_ranks_do()
    {
        int meshes = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            Axis[] order = [.. Axes];
            random.Shuffle(order);
            DeviceCells left = Draw(random, Axes), right = Draw(random, order);
            if (left.Mesh.Size != right.Mesh.Size)
                continue;
            Same(left, right);
            meshes++;
        }

        Assert.InRange(meshes, 100, 3000);
    }

    private static void Same(DeviceCells left, DeviceCells right)
    {
        int[] ofLeft = Numbers(left), ofRight = Numbers(right);
        Assert.Equal(ofLeft.Distinct().Count(), left.Count);
        Assert.Equal(ofLeft.Zip(ofRight).Distinct().Count(), left.PairsWith(right));
    }

    /// <summary>A number for the coordinates outside the group's axes, or the rank itself.</summary>
    private static int[] Numbers(DeviceCells cells) => [.. Enumerable.Range(0, cells.Mesh.Size).Select(rank =>
        cells.Mesh.Axes.Where(axis => !cells.GroupAxes.Contains(axis))
            .Aggregate(0, (number, axis) => (number * cells.Mesh.Degree(axis)) + cells.Mesh.Coordinate(rank, axis)))];
}
