using ParallelDag.Precisions;
using ParallelDag.Collectives;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Collectives;

public class RedistributionTests
{
    private static readonly Placement R = Placement.Replicate, P = Placement.Partial, A = Placement.Shard("a"), B = Placement.Shard("b");

    public static TheoryData<Placement, Placement, Transition> Table => new()
    {
        { R, R, Transition.None },
        { P, P, Transition.None },
        { A, A, Transition.None },
        { A, R, Transition.AllGather },
        { P, R, Transition.AllReduce },
        { P, A, Transition.ReduceScatter },
        { A, B, Transition.AllToAll },
        { R, A, Transition.LocalSplit },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Follows_the_table(Placement from, Placement to, Transition transition) =>
        Assert.Equal(transition, Redistribution.Between(from, to));

    [Fact]
    public void Anything_else_is_an_error_that_names_both_sides()
    {
        Assert.Contains("R into P", Assert.Throws<PlacementException>(() => Redistribution.Between(R, P)).Message,
            StringComparison.Ordinal);
        Assert.Contains("S(a) into P", Assert.Throws<PlacementException>(() => Redistribution.Between(A, P)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_illegal_change_names_the_axis_and_both_layouts()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2));
        var from = new ShardedTensor("x", mesh, NumberFormat.Bf16, [("a", 8)], [(Axis.Tp, A)]);
        PlacementException error = Assert.Throws<PlacementException>(() => Redistribution.Plan(from, from.With((Axis.Tp, P))));
        Assert.Contains("axis tp of x (tp=S(a) -> tp=P)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Axes_of_degree_one_yield_nothing()
    {
        var mesh = new DeviceMesh((Axis.Tp, 1), (Axis.Sp, 2));
        var from = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("a", 8)], [(Axis.Tp, P), (Axis.Sp, A)]);
        Assert.Empty(Redistribution.Plan(from, from.With((Axis.Tp, R))));
    }

    [Fact]
    public void Axes_that_make_the_same_change_make_it_together()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2), (Axis.Sp, 2));
        var from = new ShardedTensor(null, mesh, NumberFormat.Bf16, [("a", 8)], [(Axis.Sp, A), (Axis.Tp, A)]);
        RedistributionStep step = Assert.Single(Redistribution.Plan(from, from.With((Axis.Tp, R), (Axis.Sp, R))));
        Assert.Equal([Axis.Tp, Axis.Sp], step.Axes);
        Assert.Equal(CollectiveKind.AllGather, step.Collective);
    }
}
