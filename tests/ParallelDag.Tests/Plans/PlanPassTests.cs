using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Times of passes put together: tokens, and requests that pools of their own serve.</summary>
public class PlanPassTests
{
    private static PlanSpec Apart(PhaseStrategy? prefill, PhaseStrategy? decode, int output = 8)
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, prefill, decode, pool: PoolKind.Disaggregated);

        // All within one node, so that no place makes a group slower than another.
        return spec with
        {
            Workload = spec.Workload with { OutputLength = output }, Cluster = spec.Cluster with { GpusPerNode = 64, Domain = 64 },
        };
    }

    private static readonly PhaseStrategy Small = new() { Batch = 4 }, Wide = new() { Tp = 4, Batch = 16, Replicas = 2 };

    /// <summary>Two micro-batches in two stages: the prompts of 8 sequences take both passes of the slower stage.</summary>
    [Fact]
    public void Requests_are_those_of_the_slower_side()
    {
        var prefill = new PhaseStrategy { Pp = 2, MicroBatches = 2, Replicas = 3 };
        DeploymentPlan plan = DeploymentPlan.Create(Apart(prefill, Wide));
        PhaseLayout first = plan.PrefillLayout!, second = plan.DecodeLayout!;
        double slowest = PlanPass.Of(plan, first, plan.Workload).Slowest;
        double prompts = 3 * 8 / (2 * slowest), tokens = 2 * 16 / (7 * PlanPass.TokenSeconds(plan)!.Value);
        Assert.Equal(3 * 8, first.Sequences);
        Assert.Equal(2 * 16, second.Sequences);
        Assert.Equal(Math.Min(prompts, tokens) / (6 + 8), PlanPass.RequestsOfGpu(plan)!.Value, 1e-6);

        // With outputs long enough decode is the slower one; a single token is there when prefill ends.
        DeploymentPlan longer = DeploymentPlan.Create(Apart(prefill, Wide, output: 100_001));
        Assert.Equal(2 * 16 / (100_000 * PlanPass.TokenSeconds(longer)!.Value) / 14, PlanPass.RequestsOfGpu(longer)!.Value, 1e-9);
        DeploymentPlan one = DeploymentPlan.Create(Apart(prefill, Wide, output: 1));
        Assert.Equal(prompts / 14, PlanPass.RequestsOfGpu(one)!.Value, 1e-6);
    }

    /// <summary>What sets of instances serve adds up, and the slowest of them gives the time of a token.</summary>
    [Fact]
    public void Sets_of_instances_serve_together()
    {
        DeploymentPlan Of(params PhaseStrategy[] sets) => DeploymentPlan.Create(Apart(
            new PhaseStrategy { Instances = [.. sets] }, new PhaseStrategy { Instances = [.. sets] }, output: 100_001));
        DeploymentPlan both = Of(Small, Wide), small = Of(Small), wide = Of(Wide);
        double[] tokens = [PlanPass.TokenSeconds(small)!.Value, PlanPass.TokenSeconds(wide)!.Value];
        Assert.NotEqual(tokens[0], tokens[1]);
        Assert.Equal(tokens.Max(), PlanPass.TokenSeconds(both)!.Value);
        double ofBoth = PlanPass.RequestsOfGpu(both)!.Value * (2 * 9);
        Assert.Equal((4 / (100_000 * tokens[0])) + (32 / (100_000 * tokens[1])), ofBoth, 1e-9);

        // With one token a request, prefill's sets add up.
        DeploymentPlan Short(params PhaseStrategy[] sets) => DeploymentPlan.Create(Apart(
            new PhaseStrategy { Instances = [.. sets] }, new PhaseStrategy { Instances = [Small, Small] }, output: 1));
        double sum = (PlanPass.RequestsOfGpu(Short(Small, Small))!.Value * 4 / 2)
            + (PlanPass.RequestsOfGpu(Short(Wide, Wide))!.Value * 18 / 2);
        Assert.Equal(sum, PlanPass.RequestsOfGpu(Short(Small, Wide))!.Value * 11, 1e-6 * sum);
    }

    [Fact]
    public void A_unified_pool_and_a_phase_alone_have_no_rate()
    {
        PlanSpec spec = Apart(Small, Small);
        Assert.NotNull(PlanPass.RequestsOfGpu(DeploymentPlan.Create(spec)));
        Assert.Null(PlanPass.RequestsOfGpu(DeploymentPlan.Create(spec with { Prefill = null })));
        Assert.Null(PlanPass.RequestsOfGpu(DeploymentPlan.Create(spec with { Decode = null })));
        Assert.Null(PlanPass.RequestsOfGpu(DeploymentPlan.Create(spec with
        {
            Cluster = spec.Cluster with { Pool = PoolKind.Unified },
        })));
        Assert.Null(PlanPass.TokenSeconds(DeploymentPlan.Create(spec with { Decode = null })));
    }

    /// <summary>
    /// In the mean a token has half of the output before it, the last one all of it: with a long output that takes longer.
    /// </summary>
    [Fact]
    public void A_token_takes_what_its_context_asks_for()
    {
        DeploymentPlan half = DeploymentPlan.Create(Apart(null, Wide, output: 100_000)),
            whole = DeploymentPlan.Create(Apart(null, Wide, output: 200_000));
        Assert.Equal(PlanPass.TokenSeconds(half, last: true), PlanPass.TokenSeconds(whole));
        Assert.True(PlanPass.TokenSeconds(whole) < PlanPass.TokenSeconds(whole, last: true));
    }

    /// <summary>A pass at other lengths is the pass of a plan that has them.</summary>
    [Fact]
    public void A_pass_at_other_lengths()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Apart(null, Wide, output: 8));
        DeploymentPlan other = DeploymentPlan.Create(Apart(null, Wide, output: 90_000));
        Assert.Equal(PlanPass.Of(other, other.DecodeLayout!, other.Workload).Slowest,
            PlanPass.Of(plan, plan.DecodeLayout!, other.Workload).Slowest);
        Assert.NotEqual(PlanPass.Of(plan, plan.DecodeLayout!, plan.Workload).Slowest,
            PlanPass.Of(plan, plan.DecodeLayout!, other.Workload).Slowest);
    }
}
