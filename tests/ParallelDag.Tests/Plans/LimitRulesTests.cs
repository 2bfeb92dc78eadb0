using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Limits at the ends of what can be kept, and against what a plan has.</summary>
public class LimitRulesTests
{
    private static readonly PlanSpec Both = TestPlans.Of(TestPlans.Moe, new PhaseStrategy(), new PhaseStrategy());

    private static string[] Faults(LimitsSpec limits, PlanSpec? spec = null, bool hasPhases = true) =>
        [.. LimitRules.Faults((spec ?? Both) with { Limits = limits }, hasPhases).Select(fault => $"{fault.Path}: {fault.Message}")];

    [Theory]
    [InlineData("ttft", 1e-9, 0)]
    [InlineData("tpot", 1e-9, 0)]
    [InlineData("outputThroughput", 1e-9, 0)]
    [InlineData("totalThroughput", 1e-9, 0)]
    [InlineData("communicationShare", 0, -1e-9)]
    [InlineData("communicationShare", 1, 1.000001)]
    [InlineData("bubble", 0, -1e-9)]
    [InlineData("bubble", 1, 1.000001)]
    [InlineData("expertImbalance", 1, 0.999999)]
    public void A_limit_has_an_end(string key, double kept, double refused)
    {
        Assert.Empty(Faults(Limit(key, kept)));
        foreach (double value in new[] { refused, double.NaN, double.PositiveInfinity })
            Assert.StartsWith($"limits.{key}: ", Assert.Single(Faults(Limit(key, value))), StringComparison.Ordinal);
    }

    private static LimitsSpec Limit(string key, double value) => key switch
    {
        "ttft" => new() { Ttft = value },
        "tpot" => new() { Tpot = value },
        "outputThroughput" => new() { OutputThroughput = value },
        "totalThroughput" => new() { TotalThroughput = value },
        "communicationShare" => new() { CommunicationShare = value },
        "bubble" => new() { Bubble = value },
        _ => new() { ExpertImbalance = value },
    };

    /// <summary>First tokens come of prefill, further ones of decode; where plans are searched for, phases are still to come.</summary>
    [Theory]
    [InlineData("ttft", PhaseKind.Prefill)]
    [InlineData("tpot", PhaseKind.Decode)]
    [InlineData("outputThroughput", PhaseKind.Decode)]
    [InlineData("totalThroughput", PhaseKind.Decode)]
    [InlineData("bubble", null)]
    public void A_limit_needs_the_phase_that_it_is_of(string key, PhaseKind? needed)
    {
        PlanSpec prefill = Both with { Decode = null }, decode = Both with { Prefill = null };
        LimitsSpec limit = Limit(key, 0.5);
        Assert.Equal(needed == PhaseKind.Decode ? 1 : 0, Faults(limit, prefill).Length);
        Assert.Equal(needed == PhaseKind.Prefill ? 1 : 0, Faults(limit, decode).Length);
        Assert.Empty(Faults(limit, prefill, hasPhases: false));
        Assert.Empty(Faults(limit, decode, hasPhases: false));
        Assert.Empty(Faults(limit));
    }

    [Fact]
    public void An_even_load_needs_experts()
    {
        PlanSpec dense = Both with { Model = TestPlans.Dense };
        Assert.Equal(["limits.expertImbalance: the model has no experts; leave the key out"],
            Faults(new() { ExpertImbalance = 1.5 }, dense));
    }

    /// <summary>Axes of folded experts are there when one of the phases, or one set of its instances, folds them.</summary>
    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    public void An_axis_of_folded_experts_needs_them(bool prefill, bool decode, int faults)
    {
        PhaseStrategy Phase(bool folds) => folds
            ? new() { Instances = [new(), new() { ExpertParallel = ExpertParallelMode.Folded }] } : new();
        PlanSpec spec = Both with { Prefill = Phase(prefill), Decode = Phase(decode) };
        Assert.Equal(faults, Faults(new() { CrossNode = ["etp"] }, spec).Length);
        Assert.Equal(faults, Faults(new() { CrossNode = ["edp"] }, spec).Length);
        Assert.Empty(Faults(new() { CrossNode = ["etp"] }, spec, hasPhases: false));
        Assert.Empty(Faults(new() { CrossNode = ["tp", "ep", "dp", "pp", "sp"] }, spec));
    }

    [Fact]
    public void Without_limits_there_is_no_fault() => Assert.Empty(LimitRules.Faults(Both));

    [Fact]
    public void Axes_are_named_once_and_known()
    {
        Assert.Equal(["limits.crossNode: [tp, tp] names an axis twice; name each once"], Faults(new() { CrossNode = ["tp", "tp"] }));
        Assert.Equal(["limits.crossNode: 'xp' is no axis; give some of tp, sp, ep, dp, pp, etp, edp"],
            Faults(new() { CrossNode = ["xp"] }));
        Assert.StartsWith("limits.crossNode: the list is empty", Assert.Single(Faults(new() { CrossNode = [] })), StringComparison.Ordinal);
    }
}
