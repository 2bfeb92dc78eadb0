using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Operators;

/// <summary>Collectives that a program makes of a change of placements.</summary>
public class ProgramBuilderTests
{
    private static readonly DeviceMesh Mesh = new((Axis.Tp, 2), (Axis.Sp, 2), (Axis.Dp, 2));

    private static readonly CollectiveSite Site = new("ffn", "FFN input", [Axis.Dp, Axis.Sp, Axis.Tp]);

    private static ShardedTensor Tensor(params (Axis, Placement)[] placements) =>
        new(null, Mesh, NumberFormat.Bf16, [("batch_size", 4), ("seq_len", 8), ("hidden", 16)], placements);

    private static StepValue AtOnce(ShardedTensor before, ShardedTensor after) => new ProgramBuilder().RedistributeAtOnce(
        [StepSource.Data(new StepValue(null, before))], before, after, Site);

    /// <summary>Gathered over sp and tp, what is drawn apart along dp stays so.</summary>
    [Fact]
    public void One_collective_gathers_two_axes()
    {
        StepValue gathered = AtOnce(
            Tensor((Axis.Sp, Placement.Shard("seq_len")), (Axis.Tp, Placement.Shard("seq_len"))), Tensor());
        OperatorStep step = gathered.Producer!;
        Assert.Equal(CollectiveKind.AllGather, step.Collective);
        Assert.Equal([Axis.Tp, Axis.Sp], step.GroupAxes.Order());
        Assert.Equal([Axis.Dp], step.Split);
        Assert.Equal("ffn_all_gather", step.Op);
        Assert.Equal("All-Gather (FFN input)", step.Name);
    }

    [Fact]
    public void What_one_collective_cannot_do_is_refused()
    {
        Assert.Throws<PlacementException>(() => AtOnce(Tensor(), Tensor()));
        Assert.Throws<PlacementException>(() => AtOnce(
            Tensor((Axis.Sp, Placement.Shard("seq_len")), (Axis.Tp, Placement.Partial)), Tensor()));
    }

    [Fact]
    public void Step_by_step_each_axis_has_its_collective()
    {
        var program = new ProgramBuilder();
        OperatorStep first = program.Add(new OperatorStep
        {
            Op = Ops.FfnNorm, Name = "norm", Mesh = Mesh, Sources = [], Inputs = [Tensor()],
            Outputs = [Tensor((Axis.Sp, Placement.Shard("seq_len")), (Axis.Tp, Placement.Partial))],
        });
        StepValue output = program.Redistribute(
            new StepValue(first, first.Outputs[0]), Tensor(), Site with { Stem = "dense", FixedOp = Ops.FfnAllGather });
        OperatorProgram built = program.Build(output);
        Assert.Equal([CollectiveKind.None, CollectiveKind.AllGather, CollectiveKind.AllReduce],
            built.Steps.Select(step => step.Collective).Order());
        Assert.All(built.Steps.Skip(1), step => Assert.Equal("dense", step.IdStem));
        Assert.All(built.Steps.Skip(1), step => Assert.DoesNotContain(step.GroupAxes[0], step.Split));
        Assert.Equal([0, 1, 2], built.Steps.Select(step => step.Index));
        Assert.Same(first, built.Find(Ops.FfnNorm));
        Assert.Null(built.Find(Ops.Attention));
        Assert.Equal(Ops.FfnNorm, first.IdStem);
    }

    [Fact]
    public void A_place_names_its_operator()
    {
        Assert.Equal("ffn_reduce_scatter", Site.Op(CollectiveKind.ReduceScatter));
        Assert.Equal("ffn_reduce_scatter", Site.IdStem(CollectiveKind.ReduceScatter));
        CollectiveSite named = Site with { FixedOp = "own" };
        Assert.Equal("own", named.Op(CollectiveKind.AllGather));
        Assert.Equal("ffn", named.IdStem(CollectiveKind.AllGather));
    }
}
