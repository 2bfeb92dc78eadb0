using ParallelDag.Layers;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary><c>balance: true</c> in one phase and in both of a unified pool.</summary>
public sealed class LayerBalanceTests
{
    private static readonly PhaseStrategy Balanced = new() { Pp = 4, Tp = 2, Balance = true };

    // A vocabulary as large as several layers weighs on the last stage of decode, which reads the whole head for one token, more than on
    // that of prefill.
    private static readonly PlanSpec Both = TestPlans.Of(
        TestPlans.Dense with { Layers = 18, Hidden = 1024, Heads = 16, KvHeads = 16, HeadDim = 64, Ffn = 4096, Vocab = 1_000_000 },
        Balanced,
        Balanced,
        prompt: 4096);

    [Fact]
    public void Phases_that_would_split_unlike_are_balanced_together()
    {
        int[] prefill = Split(Both with { Decode = null }, PhaseKind.Prefill);
        int[] decode = Split(Both with { Prefill = null }, PhaseKind.Decode);
        Assert.NotEqual(prefill, decode);

        DeploymentPlan plan = DeploymentPlan.Create(Both);
        Assert.Equal(LayersOf(plan.PrefillLayout!), LayersOf(plan.DecodeLayout!));
        Assert.True(plan.SharesWeights);
        Assert.Equal(18, LayersOf(plan.PrefillLayout!).Sum());
    }

    [Fact]
    public void Phases_on_GPUs_of_their_own_are_balanced_alone()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Both with { Cluster = Both.Cluster with { Pool = PoolKind.Disaggregated } });
        Assert.Equal(Split(Both with { Decode = null }, PhaseKind.Prefill), LayersOf(plan.PrefillLayout!));
        Assert.Equal(Split(Both with { Prefill = null }, PhaseKind.Decode), LayersOf(plan.DecodeLayout!));
    }

    /// <summary>With many steps decode decides, with one step and a long prompt prefill does.</summary>
    [Fact]
    public void The_phase_in_which_a_sequence_spends_its_time_decides()
    {
        PlanSpec decodes = Both with { Workload = Both.Workload with { OutputLength = 100_000 } };
        PlanSpec prefills = Both with { Workload = Both.Workload with { OutputLength = 1 } };
        Assert.Equal(Split(decodes with { Prefill = null }, PhaseKind.Decode), LayersOf(DeploymentPlan.Create(decodes).DecodeLayout!));
        Assert.Equal(Split(prefills with { Decode = null }, PhaseKind.Prefill), LayersOf(DeploymentPlan.Create(prefills).PrefillLayout!));
    }

    /// <summary>
    /// One phase balanced, the other by the rule: the description says which layers keep them from sharing, and the price.
    /// </summary>
    [Fact]
    public void What_balancing_one_phase_costs_is_said()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Both with { Prefill = Balanced with { Balance = false } });
        PoolUse pool = PlanDescription.Of(plan).Pool!;
        Assert.StartsWith("layers per stage ", Assert.Single(pool.Differences), StringComparison.Ordinal);
        Assert.True(pool.TwiceWeightBytes > 0);
        Assert.Equal(0, PlanDescription.Of(DeploymentPlan.Create(Both)).Pool!.TwiceWeightBytes);
    }

    private static int[] Split(PlanSpec spec, PhaseKind phase) => LayersOf(DeploymentPlan.Create(spec).Layout(phase)!);

    private static int[] LayersOf(PhaseLayout layout) => [.. layout.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1)];
}
