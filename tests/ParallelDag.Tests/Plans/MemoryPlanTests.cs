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

    /// <summary>Chunks of 320 tokens pass 40 and then 24 positions of 8 sequences: the longer hold more.</summary>
    [Fact]
    public void Activations_of_chunks_are_those_of_the_longest()
    {
        DeploymentPlan plan = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense with { Vocab = 10 }, new PhaseStrategy { Chunk = 320 }));
        Assert.Equal([40, 24], plan.PrefillLayout!.Passes.Select(pass => pass.Length));
        Assert.Equal(6 * 8 * 40 * 64 * 2, MemoryPlan.Of(plan)[0].ActivationBytes);
    }

    /// <summary>
    /// Prefill splits heads over GPUs 0 and 1, decode sequences. A position of a head is 32 bytes in each of 4 layers: GPU 0 holds 2 heads
    /// of 8 prompts of 64 and 4 heads of 4 sequences of 72, of which 2 heads of 4 prompts lie there already. Weights lie there twice.
    /// </summary>
    [Fact]
    public void A_GPU_counts_what_decode_finds_in_place_once_and_other_weights_twice()
    {
        DeploymentPlan plan = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Dp = 2 }));
        IReadOnlyList<DagMemory> memory = MemoryPlan.Of(plan);
        GpuMemory first = MemoryPlan.OfGpus(plan)[0];
        Assert.Equal(((8 * 64 * 2) + (4 * 72 * 4) - (4 * 64 * 2)) * 32 * 4, first.CacheBytes);
        Assert.Equal(memory[0].WeightBytes + memory[1].WeightBytes, first.WeightBytes);
        Assert.Equal(Math.Max(memory[0].ActivationBytes, memory[1].ActivationBytes), first.ActivationBytes);
    }

    [Fact]
    public void A_rank_holds_weights_cache_and_activations() => Assert.Equal(7, new RankMemory(1, 2, 4).Total);
}
