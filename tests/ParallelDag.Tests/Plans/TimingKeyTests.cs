using System.Text;
using ParallelDag.Documents;
using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>What a plan says under <c>timing</c>.</summary>
public class TimingKeyTests
{
    private const string Plan = """
        {"name": "t", "model": {"layers": 2, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100}, "cluster": {"gpus": 8, "gpu": "H100"},
        "workload": {"batch": 8, "promptLength": 64, "outputLength": 8}, "decode": {"tp": 2},
        "timing": TIMING}
        """;

    [Fact]
    public void Replaces_what_the_device_has()
    {
        DeploymentPlan plan = Read("""
            {"launch": "eager", "efficiencies": {"gemm": {"compute": 0.5}}, "oversubscription": 2,
             "lines": [{"collective": "all-reduce", "latency": "9 us", "efficiency": "70 %", "members": [2, 4], "scope": "domain"}]}
            """);
        KernelEfficiency row = plan.TimeModel.Device.Kernel(KernelClass.Gemm, PeakRate.Bits16);
        Assert.Equal((.5, .85, 4e-6), (row.Compute, row.Memory, row.Latency));
        Assert.Equal(.5, plan.TimeModel.Device.Kernel(KernelClass.Gemm, PeakRate.Bits8).Compute);
        CollectiveLine line = Assert.Single(plan.TimeModel.Device.Lines, line => line.Collective == CollectiveKind.AllReduce);
        Assert.Equal((2, 4, 9e-6, .7, LineScope.Domain), (line.LeastMembers, line.MostMembers, line.Latency, line.Efficiency, line.Scope));
        Assert.Equal(15e-6, plan.TimeModel.LaunchSeconds);
    }

    [Fact]
    public void A_variant_keeps_what_it_does_not_name()
    {
        PlanSpec basis = Read("""
            {"launch": "eager", "kernels": "stock",
             "efficiencies": {"gemm": {"compute": 0.5, "latency": "5 us"}, "experts": {"memory": 0.6}},
             "lines": [{"collective": "all-reduce", "latency": "9 us", "efficiency": "70 %"}]}
            """).GetSpec();
        const string Variant = """{"timing": {"oversubscription": 2, "efficiencies": {"gemm": {"compute": 0.4}}}}""";
        TimingSpec timing = PlanReader.Read(
            JsonTree.Read(Encoding.UTF8.GetBytes(Variant), "v.json"), "v.json", null, basis).TimeModel.Overrides;
        Assert.Equal((LaunchMode.Eager, KernelChoice.Stock, 2), (timing.Launch, timing.Kernels, timing.Oversubscription));
        Assert.Equal(basis.Timing.Lines, timing.Lines);
        EfficiencyOverride gemm = Assert.Single(timing.Efficiencies, row => row.Kernel == KernelClass.Gemm);
        Assert.Equal((.4, 5e-6), (gemm.Compute, gemm.Latency));
        Assert.Equal(.6, Assert.Single(timing.Efficiencies, row => row.Kernel == KernelClass.Experts).Memory);
    }

    [Fact]
    public void Reads_back_what_it_writes()
    {
        PlanSpec spec = TestPlans.Reference with
        {
            Timing = new TimingSpec
            {
                Launch = LaunchMode.Eager, Kernels = KernelChoice.Stock, OverlapSmsPrefill = 20, Oversubscription = 2,
                    NetworkLatency = 25e-6,
                SendLatency = 11e-6, NetworkEfficiency = .9,
                Efficiencies = [new EfficiencyOverride(KernelClass.Experts, PeakRate.Bits8) { Compute = .6, Latency = 25e-6, Half = 100 }],
                Lines = [new CollectiveLine(CollectiveKind.AllGather, LineTraffic.Ring, 5e-6, 1e-6, .5)
                {
                    Implementation = "plan", Source = "the plan", MostBytes = 1 << 20,
                }],
            },
        };
        Assert.Equal(spec.Timing, PlanReader.Read(PlanDocument.From(spec)).TimeModel.Overrides);
    }

    [Theory]
    [InlineData("""{"launch": "lazy"}""", "timing.launch must be one of graph, eager, not 'lazy'")]
    [InlineData("""{"efficiencies": {"gemms": {}}}""", "unknown key 'gemms' in timing.efficiencies; did you mean 'gemm'?")]
    [InlineData("""{"efficiencies": {"gemm": {"compute": 1.2}}}""",
        "compute is a share of a data sheet's rate, above 0 and at most 1, not 1.2")]
    [InlineData("""{"overlapSms": 140}""", "overlapSms is 140; give 0 to 131 of an H100's 132 multiprocessors")]
    [InlineData("""{"lines": [{"efficiency": 0.5}]}""", "a line lacks the key 'collective'; give one such as all-reduce")]
    [InlineData("""{"lines": [{"collective": "all-reduce", "efficiency": 0.5, "members": [8]}]}""", "members of a line are two numbers")]
    [InlineData("""{"oversubscription": 0.5}""", "oversubscription must be between 1 and 1000, not 0.5")]
    public void Refuses_what_it_does_not_know(string timing, string message)
    {
        InputException fault = Assert.Throws<InputException>(() => Read(timing));
        Assert.StartsWith(message, fault.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal(3, fault.Problems[0].Position.Line);
    }

    private static DeploymentPlan Read(string timing) =>
        PlanReader.Read(JsonTree.Read(Encoding.UTF8.GetBytes(Plan.Replace("TIMING", timing.ReplaceLineEndings(" "),
            StringComparison.Ordinal)), "p.json"));
}
