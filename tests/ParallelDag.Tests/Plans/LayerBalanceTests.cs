using ParallelDag.Durations;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
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
    /// Of all splits of layers of three kinds over three stages the common one has the smallest slowest stage, for seconds that a sequence
    /// spends there: those of a prefill pass over its sequences for each of its chunks, and those of a decode pass for each of its steps.
    /// </summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(40, null)]
    [InlineData(3000, null)]
    [InlineData(1, 2048)]
    [InlineData(40, 2048)]
    public void The_common_split_is_the_best_for_the_life_of_a_sequence(int output, int? chunk)
    {
        ModelSpec model = TestPlans.Dense with { Hidden = 512, Heads = 8, KvHeads = 8, HeadDim = 64, Ffn = 1024, Vocab = 300_000 };
        var attention = (GroupedAttention)model.Layer(1).Mixer!;
        LayerSpec[] kinds =
        [
            model.Layer(1) with { FeedForward = new DenseFeedForward { Ffn = 20_000 } },
            model.Layer(1) with { Mixer = attention with { Window = 16 } },
            model.Layer(1),
        ];
        model = model with { Layers = ModelSpec.LayersOf(9, layer => kinds[(layer - 1) / 3]) };
        var balanced = new PhaseStrategy { Pp = 3, Balance = true };
        PlanSpec spec = TestPlans.Of(model, balanced with { Chunk = chunk }, balanced with { MicroBatches = 2 }, prompt: 4096, batch: 4);
        spec = spec with { Workload = spec.Workload with { OutputLength = output } };
        DeploymentPlan plan = DeploymentPlan.Create(spec);
        int[] split = LayersOf(plan.PrefillLayout!);
        Assert.Equal(split, LayersOf(plan.DecodeLayout!));

        double[] costs = new double[11];
        Add(plan.PrefillLayout!, plan.PrefillLayout!.Passes.Count(pass => pass.MicroBatch == 0));
        Add(plan.DecodeLayout!, output);
        double best = double.PositiveInfinity;
        for (int first = 1; first <= 7; first++)
        {
            for (int second = 1; first + second <= 8; second++)
                best = Math.Min(best, Slowest([first, second, 9 - first - second]));
        }

        Assert.Equal(best, Slowest(split), best * 1e-9);

        void Add(PhaseLayout layout, int passes)
        {
            PhaseSections sections = plan.Sections(layout);
            double Seconds(OperatorProgram program) => passes / (double)layout.Passes[0].Sequences
                * SectionTimes.Seconds(program, plan.TimeModel, layout.StageGpus[0]);
            costs[0] += Seconds(sections.Entry);
            for (int layer = 1; layer <= 9; layer++)
                costs[layer] += Seconds(sections.Layer(layer));
            costs[10] += Seconds(sections.Exit);
        }

        double Slowest(int[] layers) => new[]
        {
            costs[..(1 + layers[0])].Sum(), costs[(1 + layers[0])..(1 + layers[0] + layers[1])].Sum(),
            costs[(1 + layers[0] + layers[1])..].Sum(),
        }.Max();
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
