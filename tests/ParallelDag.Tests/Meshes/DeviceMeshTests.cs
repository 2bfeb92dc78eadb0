using ParallelDag.Meshes;

namespace ParallelDag.Tests.Meshes;

public class DeviceMeshTests
{
    // Megatron-LM, parallel_state.py: RankGenerator with tp=2, pp=4, dp=2 and order tp-dp-pp on 16 GPUs.
    [Fact]
    public void Groups_are_Megatrons()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2), (Axis.Dp, 2), (Axis.Pp, 4));
        Assert.Equal([[0, 1], [2, 3], [4, 5]], mesh.Groups(Axis.Tp).Take(3));
        Assert.Equal([[0, 2], [1, 3], [4, 6], [5, 7], [8, 10], [9, 11], [12, 14], [13, 15]], mesh.Groups(Axis.Dp));
        Assert.Equal([[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]], mesh.Groups(Axis.Pp));
    }

    // The same with order tp-pp-dp on 8 GPUs, 2-2-2.
    [Fact]
    public void Groups_follow_the_order_of_axes()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2), (Axis.Pp, 2), (Axis.Dp, 2));
        Assert.Equal([[0, 4], [1, 5], [2, 6], [3, 7]], mesh.Groups(Axis.Dp));
    }

    [Fact]
    public void Ranks_and_coordinates_are_a_bijection()
    {
        foreach (DeviceMesh mesh in RandomMeshes())
        {
            for (int rank = 0; rank < mesh.Size; rank++)
                Assert.Equal(rank, mesh.Rank([.. mesh.Axes.Select(axis => (axis, mesh.Coordinate(rank, axis)))]));
        }
    }

    [Fact]
    public void Groups_are_a_partition_whose_members_differ_in_their_axes_only()
    {
        foreach (DeviceMesh mesh in RandomMeshes())
        {
            foreach (Axis axis in mesh.Axes)
            {
                int[][] groups = mesh.Groups(axis);
                Assert.Equal(Enumerable.Range(0, mesh.Size), groups.SelectMany(group => group).Order());
                foreach (int[] group in groups)
                {
                    Assert.Equal(mesh.Degree(axis), group.Length);
                    Assert.Equal(Enumerable.Range(0, group.Length), group.Select(rank => mesh.Coordinate(rank, axis)));
                    foreach (Axis other in mesh.Axes.Where(other => other != axis))
                        Assert.Single(group.Select(rank => mesh.Coordinate(rank, other)).Distinct());
                }
            }
        }
    }

    [Fact]
    public void Taking_an_axis_out_keeps_the_order_of_the_ranks_that_share_its_coordinate()
    {
        foreach (DeviceMesh mesh in RandomMeshes())
        {
            DeviceMesh rest = mesh.Without(Axis.Pp);
            int[] stage = [.. Enumerable.Range(0, mesh.Size).Where(rank => mesh.Coordinate(rank, Axis.Pp) == mesh.Degree(Axis.Pp) - 1)];
            for (int local = 0; local < stage.Length; local++)
                Assert.All(rest.Axes, axis => Assert.Equal(mesh.Coordinate(stage[local], axis), rest.Coordinate(local, axis)));
        }
    }

    [Fact]
    public void An_axis_that_occurs_twice_is_refused() =>
        Assert.Throws<ArgumentException>(() => new DeviceMesh((Axis.Tp, 2), (Axis.Tp, 3)));

    private static IEnumerable<DeviceMesh> RandomMeshes()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            Axis[] axes = [Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp, Axis.Pp];
            random.Shuffle(axes);
            yield return new DeviceMesh([.. axes.Select(axis => (axis, random.Next(1, 4)))]);
        }
    }
}
