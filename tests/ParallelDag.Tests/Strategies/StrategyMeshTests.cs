using ParallelDag.Meshes;

namespace ParallelDag.Tests.Strategies;

public class StrategyMeshTests
{
    /// <summary>tp alone, tp with ep, which counts before dp, and both.</summary>
    [Fact]
    public void Tensor_parallel_groups_grow_by_data_parallel_axes_from_the_inside()
    {
        var strategy = new PhaseStrategy { Tp = 2, Ep = 3, Dp = 5, Sp = 7, Order = ["tp", "sp", "ep", "dp", "pp"] };
        Assert.Equal([1, 2, 6, 30], StrategyMesh.TensorDegrees(strategy));
        Assert.Empty(StrategyMesh.TensorAxes(strategy, 1)!);
        Assert.Equal([Axis.Tp], StrategyMesh.TensorAxes(strategy, 2));
        Assert.Equal([Axis.Tp, Axis.Ep], StrategyMesh.TensorAxes(strategy, 6));
        Assert.Equal([Axis.Tp, Axis.Ep, Axis.Dp], StrategyMesh.TensorAxes(strategy, 30));
        Assert.Null(StrategyMesh.TensorAxes(strategy, 10));
        Assert.Null(StrategyMesh.TensorAxes(strategy, 14));
        Assert.Null(StrategyMesh.TensorAxes(strategy, null));
    }

    [Fact]
    public void The_order_of_axes_says_which_of_them_is_inside()
    {
        var strategy = new PhaseStrategy { Tp = 2, Ep = 3, Dp = 5, Order = ["dp", "tp", "sp", "ep", "pp"] };
        Assert.Equal([1, 2, 10, 30], StrategyMesh.TensorDegrees(strategy));
        Assert.Equal([Axis.Tp, Axis.Dp], StrategyMesh.TensorAxes(strategy, 10));
    }

    [Fact]
    public void One_rank_is_a_group_of_tp_where_tp_is_one() =>
        Assert.Equal([Axis.Tp], StrategyMesh.TensorAxes(new PhaseStrategy { Dp = 2 }, 1));

    [Fact]
    public void Folded_experts_take_their_ranks_from_all_axes_of_a_stage()
    {
        var folded = new PhaseStrategy { Tp = 4, Sp = 2, Dp = 3, Pp = 5, Ep = 6, Etp = 2, ExpertParallel = ExpertParallelMode.Folded };
        Assert.Equal(2, StrategyMesh.ExpertDataParallel(folded));
        Assert.Equal((2, 6, 2), Degrees(StrategyMesh.OfExperts(folded)));
        Assert.Equal(24, StrategyMesh.OfStage(folded).Size);
        Assert.Equal(120, StrategyMesh.OfPhase(folded).Size);
        Assert.Equal(72, StrategyMesh.OfExperts(folded with { Replicas = 3 }).Size);

        static (int, int, int) Degrees(DeviceMesh mesh) => (mesh.Degree(Axis.Etp), mesh.Degree(Axis.Ep), mesh.Degree(Axis.Edp));
    }

    /// <summary>Of 8 tensor-parallel ranks 2 neighbours share the tokens of a head.</summary>
    [Fact]
    public void A_cache_split_by_token_takes_neighbours_out_of_tp()
    {
        var strategy = new PhaseStrategy { Tp = 8, KvParallel = 2 };
        DeviceMesh mesh = StrategyMesh.OfCache(strategy, StrategyMesh.OfStage(strategy));
        Assert.Equal((2, 4), (mesh.Degree(Axis.Dcp), mesh.Degree(Axis.Htp)));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], Enumerable.Range(0, 8).Select(rank => mesh.Coordinate(rank, Axis.Dcp)));
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], Enumerable.Range(0, 8).Select(rank => mesh.Coordinate(rank, Axis.Htp)));
    }
}
