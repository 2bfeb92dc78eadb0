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
            PlanTexts.Tree(Variant, "v.json"), "v.json", null, basis).TimeModel.Overrides;
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

    /// <summary>Both ends of a range are read; beyond them the key is refused, with its value.</summary>
    [Theory]
    [InlineData("\"overlapSms\": X", "0", "131", "-1", "132")]
    [InlineData("\"overlapSms\": {\"prefill\": X}", "0", "131", "-1", "132")]
    [InlineData("\"overlapSms\": {\"decode\": X}", "0", "131", "-1", "132")]
    [InlineData("\"oversubscription\": X", "1", "1000", "0.999", "1000.1")]
    [InlineData("\"networkLatency\": \"X\"", "0 s", "1 s", "-1 us", "1.001 s")]
    [InlineData("\"sendLatency\": \"X\"", "0 s", "1 s", "-1 us", "1.001 s")]
    [InlineData("\"networkEfficiency\": X", "0.001", "1", "0", "1.001")]
    [InlineData("\"efficiencies\": {\"gemm\": {\"compute\": X}}", "0.001", "1", "0", "1.001")]
    [InlineData("\"efficiencies\": {\"gemm\": {\"memory\": X}}", "0.001", "1", "0", "1.001")]
    [InlineData("\"efficiencies\": {\"gemm\": {\"latency\": \"X\"}}", "0 s", "1 s", "-1 us", "1.001 s")]
    [InlineData("\"efficiencies\": {\"gemm\": {\"half\": X}}", "0", "1e9", "-0.1", "1.001e9")]
    [InlineData("\"lines\": [{\"collective\": \"send-recv\", \"efficiency\": X}]", "0.001", "1", "0", "1.001")]
    [InlineData("\"lines\": [{\"collective\": \"send-recv\", \"efficiency\": 1, \"members\": X}]", "[2, 2]", "[2, 3]", "[1, 2]", "[3, 2]")]
    [InlineData("\"lines\": [{\"collective\": \"send-recv\", \"efficiency\": 1, \"members\": X}]", "[3, 9]", "[7, 7]", "[2]", "[2, 3, 4]")]
    public void Values_have_a_least_and_a_most(string timing, string least, string most, string below, string above)
    {
        foreach (string good in new[] { least, most })
            Read("{" + timing.Replace("X", good, StringComparison.Ordinal) + "}");
        foreach (string bad in new[] { below, above })
            Assert.Single(Assert.Throws<InputException>(() =>
                Read("{" + timing.Replace("X", bad, StringComparison.Ordinal) + "}")).Problems);
    }

    /// <summary>One number is of both phases; of two, one that is left out keeps what it was.</summary>
    [Fact]
    public void Multiprocessors_of_a_phase_or_of_both()
    {
        Assert.Equal((24, 0), Overlap("{}"));
        Assert.Equal((16, 16), Overlap("""{"overlapSms": 16}"""));
        Assert.Equal((16, 0), Overlap("""{"overlapSms": {"prefill": 16}}"""));
        Assert.Equal((24, 8), Overlap("""{"overlapSms": {"decode": 8}}"""));
        Assert.Equal(
            "unknown key 'decoed' in timing.overlapSms; did you mean 'decode'?",
            Assert.Single(Assert.Throws<InputException>(() => Read("""{"overlapSms": {"decoed": 8}}""")).Problems).Message);

        static (int, int) Overlap(string timing)
        {
            TimingSpec read = Read(timing).TimeModel.Overrides;
            return (read.OverlapSmsPrefill, read.OverlapSmsDecode);
        }
    }

    /// <summary>Every value of a line, and what one has that leaves all but its collective and its efficiency out.</summary>
    [Fact]
    public void A_line_has_its_values_or_the_usual_ones()
    {
        CollectiveLine[] lines = [.. Read("""
            {"lines": [{"collective": "all-gather", "efficiency": 0.5},
             {"collective": "reduce-scatter", "traffic": "inSwitch", "latency": "3 us", "perMember": "2 us", "efficiency": "25 %",
              "scope": "network", "members": [3, 5], "maxBytes": "8 MiB"}]}
            """).TimeModel.Overrides.Lines];
        Assert.Equal(
            [
                new CollectiveLine(CollectiveKind.AllGather, LineTraffic.Ring, 0, 0, .5) { Implementation = "plan", Source = "the plan" },
                new CollectiveLine(CollectiveKind.ReduceScatter, LineTraffic.InSwitch, 3e-6, 2e-6, .25)
                {
                    Implementation = "plan", Source = "the plan", Scope = LineScope.Network, LeastMembers = 3, MostMembers = 5,
                    MostBytes = 8 << 20,
                },
            ],
            lines);
        Assert.Equal((2, int.MaxValue, long.MaxValue, LineScope.Any),
            (lines[0].LeastMembers, lines[0].MostMembers, lines[0].MostBytes, lines[0].Scope));
    }

    [Theory]
    [InlineData("""{"collective": "all-reduce"}""",
        "a line lacks the key 'efficiency', its share of the link's bandwidth; give 0.7, say")]
    [InlineData("""{"collective": "all-reduce", "efficiency": 2}""", "efficiency is a share of a data sheet's rate")]
    [InlineData("""{"collective": "none", "efficiency": 1}""", "timing.lines[0].collective must be one of ")]
    [InlineData("""{"collective": "all-reduce", "efficiency": 1, "effort": 1}""", "unknown key 'effort' in timing.lines[0]; known are ")]
    public void A_line_that_cannot_be_read_says_why(string line, string message) => Assert.StartsWith(
        message, Assert.Single(Assert.Throws<InputException>(() => Read($$"""{"lines": [{{line}}]}""")).Problems).Message,
        StringComparison.Ordinal);

    /// <summary>Times without any of their own write no section.</summary>
    [Fact]
    public void Only_what_differs_is_written()
    {
        Assert.Null(TimingBinder.From(TimingSpec.Default));
        foreach ((string key, TimingSpec timing) in new (string, TimingSpec)[]
        {
            ("launch", new() { Launch = LaunchMode.Eager }),
            ("kernels", new() { Kernels = KernelChoice.Stock }),
            ("overlapSms", new() { OverlapSmsDecode = 3 }),
            ("oversubscription", new() { Oversubscription = 3 }),
            ("networkLatency", new() { NetworkLatency = 1e-6 }),
            ("sendLatency", new() { SendLatency = 1e-6 }),
            ("networkEfficiency", new() { NetworkEfficiency = .5 }),
            ("efficiencies", new() { Efficiencies = [new EfficiencyOverride(KernelClass.Gemm, null) { Half = 2 }] }),
            ("lines", new() { Lines = [new CollectiveLine(CollectiveKind.AllGather, LineTraffic.Ring, 0, 0, .5)] }),
        })
        {
            Assert.Equal([key], TimingBinder.From(timing)!.Entries.Select(entry => entry.Key));
        }

        var line = new CollectiveLine(CollectiveKind.AllGather, LineTraffic.OneShot, 2e-6, 0, .5);
        Assert.Equal(["collective", "traffic", "latency", "efficiency"], Keys(line));
        Assert.Equal(["collective", "traffic", "latency", "perMember", "efficiency"], Keys(line with { PerMember = 1e-6 }));
        Assert.Equal(["collective", "traffic", "latency", "efficiency", "scope"], Keys(line with { Scope = LineScope.Domain }));
        Assert.Equal(["collective", "traffic", "latency", "efficiency", "members"], Keys(line with { LeastMembers = 3 }));
        Assert.Equal(["collective", "traffic", "latency", "efficiency", "members"], Keys(line with { MostMembers = 3 }));
        Assert.Equal(["collective", "traffic", "latency", "efficiency", "maxBytes"], Keys(line with { MostBytes = 3 }));

        static IEnumerable<string> Keys(CollectiveLine line) => Assert.IsType<DocumentMap>(Assert.IsType<DocumentList>(
            TimingBinder.From(new TimingSpec { Lines = [line] })!.Find("lines")).Items[0]).Entries.Select(entry => entry.Key);
    }

    private static DeploymentPlan Read(string timing) =>
        PlanTexts.Plan(Plan.Replace("TIMING", timing.ReplaceLineEndings(" "), StringComparison.Ordinal));
}
