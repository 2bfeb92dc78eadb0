using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

public class MemoryPlanTests
{
    private static long Peak(params OperatorProgram[] programs) => programs.Max(program => LiveActivations.Peak(program, 0));

    /// <summary>A dense layer, then three with experts that hold more while they run; the stages are cut behind the dense one.</summary>
    [Fact]
    public void Activations_of_a_stage_are_the_most_of_what_runs_on_it()
    {
        ModelSpec model = TestPlans.Dense with
        {
            FirstDenseLayers = 1, Moe = new MoeFeedForward { ExpertCount = 8, TopK = 4, Ffn = 512 },
        };
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(model, new PhaseStrategy { Pp = 2, LayersPerStage = [1, 3] }));
        PhaseSections sections = plan.Sections(plan.PrefillLayout!);
        Assert.True(Peak(sections.Layer(2)) > Peak(sections.Entry, sections.Layer(1)));
        Assert.Equal(
            [Peak(sections.Entry, sections.Layer(1)), Peak(sections.Layer(2), sections.Exit)],
            MemoryPlan.Of(plan).Select(memory => memory.ActivationBytes));
    }

    /// <summary>The FFN of a dense layer on one GPU holds six times 8 sequences of 64 tokens of 64 values of 2 bytes.</summary>
    [Fact]
    public void Activations_of_one_GPU_are_those_of_its_widest_moment() => Assert.Equal(
        6 * 8 * 64 * 64 * 2,
        MemoryPlan.Of(DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense with { Vocab = 10 }, new PhaseStrategy())))[0].ActivationBytes);
}
