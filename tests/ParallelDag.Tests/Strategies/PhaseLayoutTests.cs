using ParallelDag.Meshes;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Strategies;

public class PhaseLayoutTests
{
    private static PhaseLayout Prefill(PhaseStrategy strategy, ModelSpec? model = null) =>
        DeploymentPlan.Create(TestPlans.Of(model ?? TestPlans.Moe, strategy)).PrefillLayout!;

    /// <summary>Decode that counts dp before tp sits where prefill has the same coordinates: its ranks 1 and 2 change places.</summary>
    [Fact]
    public void A_header_lists_GPUs_that_do_not_ascend_with_ranks()
    {
        var prefill = new PhaseStrategy { Tp = 2, Dp = 2, Order = ["tp", "dp", "sp", "ep", "pp"] };
        DeploymentPlan plan = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense, prefill, prefill with { Order = ["dp", "tp", "sp", "ep", "pp"] }));
        Assert.True(plan.SharesWeights);
        Assert.Equal([0, 2, 1, 3], plan.DecodeLayout!.ToDagPhase().RankGpus!);
        Assert.Null(plan.PrefillLayout!.ToDagPhase().RankGpus);
    }

    [Fact]
    public void Degrees_are_those_of_all_five_axes() => Assert.Equal(
        new Dictionary<string, int> { ["tp"] = 2, ["sp"] = 3, ["ep"] = 4, ["dp"] = 1, ["pp"] = 2 },
        Prefill(new PhaseStrategy { Tp = 2, Sp = 3, Ep = 4, Pp = 2 }).AxisDegrees);

    /// <summary>Folded: 16 ranks of a stage are 2 etp times 4 ep times 2 edp.</summary>
    [Fact]
    public void Folded_experts_have_degrees_and_groups_of_their_own()
    {
        PhaseLayout layout = Prefill(new PhaseStrategy
        {
            Tp = 4, Dp = 4, Ep = 4, Etp = 2, Pp = 2, ExpertParallel = ExpertParallelMode.Folded,
            AttentionOutput = AttentionOutput.ReduceScatter,
        });
        Assert.Equal((2, 2), (layout.AxisDegrees["etp"], layout.AxisDegrees["edp"]));
        Assert.Equal([Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp, Axis.Pp, Axis.Etp, Axis.Edp], layout.GroupAxes);

        // Attention keeps its own groups.
        Assert.Equal([0, 1, 2, 3], layout.Groups(Axis.Tp)[0]);
        Assert.Equal(8, layout.Groups(Axis.Tp).Count);

        // 32 ranks in groups of 4, of both stages, each GPU once.
        Assert.Equal(8, layout.Groups(Axis.Ep).Count);
        Assert.Equal(Enumerable.Range(0, 32), layout.Groups(Axis.Ep).SelectMany(group => group).Order());
    }

    [Fact]
    public void Folded_experts_have_no_groups_of_one()
    {
        PhaseLayout layout = Prefill(new PhaseStrategy
        {
            Tp = 2, Dp = 2, Ep = 4, ExpertParallel = ExpertParallelMode.Folded, AttentionOutput = AttentionOutput.ReduceScatter,
        });
        Assert.Empty(layout.Groups(Axis.Etp));
        Assert.Empty(layout.Groups(Axis.Edp));
    }

    [Fact]
    public void A_cache_that_is_split_by_token_has_degrees_and_groups_of_its_own()
    {
        PhaseLayout layout = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense, null, new PhaseStrategy { Tp = 8, KvParallel = 2 })).DecodeLayout!;
        Assert.Equal((2, 4), (layout.AxisDegrees["dcp"], layout.AxisDegrees["htp"]));
        Assert.Equal([Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp, Axis.Pp, Axis.Dcp], layout.GroupAxes);
        Assert.Equal([[0, 1], [2, 3], [4, 5], [6, 7]], layout.Groups(Axis.Dcp));
    }

    [Fact]
    public void Without_them_there_are_none()
    {
        PhaseLayout layout = Prefill(new PhaseStrategy { Tp = 2 });
        Assert.Equal([Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp, Axis.Pp], layout.GroupAxes);
        Assert.Empty(layout.Groups(Axis.Dcp));
        Assert.Empty(layout.Groups(Axis.Dp));
        Assert.Equal([[0, 1]], layout.Groups(Axis.Tp));
    }

    [Fact]
    public void Instances_lie_one_behind_the_other_and_work_on_a_batch_each()
    {
        PhaseLayout layout = Prefill(new PhaseStrategy { Tp = 2, Replicas = 3, Batch = 5 });
        Assert.Equal(["0-1", "2-3", "4-5"], layout.InstanceGpus.Select(gpus => gpus.ToString()));
        Assert.Equal(15, layout.Sequences);
        Assert.Equal("replica", layout.ToDagPhase().Order[^1]);
        Assert.Equal(3, layout.AxisDegrees["replica"]);
    }

    [Fact]
    public void Every_layer_runs_on_the_stage_whose_range_it_is_in()
    {
        PhaseLayout layout = Prefill(new PhaseStrategy { Pp = 2, LayersPerStage = [1, 3] });
        Assert.Equal([1, 2, 2, 2], Enumerable.Range(1, 4).Select(layout.StageOf));
    }
}
