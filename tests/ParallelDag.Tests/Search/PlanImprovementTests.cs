using ParallelDag.Search;
using ParallelDag.Serving;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Search;

/// <summary>What single changes of a plan bring.</summary>
public class PlanImprovementTests
{
    [Fact]
    public void The_reference_plan_keeps_its_expert_groups_in_a_node_at_no_cost()
    {
        string change = PlanImprovement.BestCheap(DeploymentPlan.Create(TestPlans.Reference))!;
        Assert.StartsWith("order [tp, ep, sp, dp, pp]: ttft 9.", change, StringComparison.Ordinal);
        Assert.Contains("prefill's slowest stage 2.", change, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_brings_what_its_plan_measures()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        SearchResult result = PlanSearch.Improve(plan, new SearchOptions { Top = 50 });
        Assert.True(result.Candidates.Count > 3);
        foreach (PlanCandidate change in result.Candidates)
        {
            ServingForecast serving = PlanTimer.Measure(change.Plan!).Serving;
            Assert.Equal(serving.Tpot!.Value, change.Tpot!.Value, serving.Tpot.Value * 1e-9);
            Assert.InRange(change.Ttft!.Value, serving.Ttft!.Value * (1 - 1e-9), serving.Ttft.Value * 1.2);
        }

        double before = PlanNumbers.Of(plan).RateOfGpu;
        Assert.All(result.Candidates, change => Assert.True(change.TokensPerSecondPerGpu > before));
    }

    [Fact]
    public void Kept_keys_stay()
    {
        SearchResult result = PlanSearch.Improve(
            DeploymentPlan.Create(TestPlans.Reference),
            new SearchOptions { Keep = ["tp", "pp", "order"], Top = 50, IncludeRejected = true });
        Assert.NotEmpty(result.Rejected);
        Assert.All(result.Candidates.Concat(result.Rejected), change =>
        {
            Assert.Same(result, change.GetSearch());
            Assert.DoesNotContain("tp ", change.Change!, StringComparison.Ordinal);
            Assert.DoesNotContain("pp ", change.Change!, StringComparison.Ordinal);
            Assert.DoesNotContain("order", change.Change!, StringComparison.Ordinal);
        });
        Assert.Throws<InputException>(
            () => PlanSearch.Improve(DeploymentPlan.Create(TestPlans.Reference), new SearchOptions { Keep = ["colour"] }));
    }
}
