using System.Text;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Plans;

/// <summary>The <c>limits</c> of a plan: read, refused, kept or broken.</summary>
public sealed class LimitsTests
{
    private const string Plan = """
        {"name": "p", "model": {"layers": 4, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100, "moe": {"experts": 8, "topK": 2}},
        "cluster": {"gpus": 16, "gpusPerNode": 4, "gpu": "H100"}, "workload": {"batch": 64, "promptLength": 16, WORKLOAD},
        "prefill": {"tp": 2, "ep": 4}, "limits": {LIMITS}}
        """;

    [Fact]
    public void Every_key_is_read_with_its_unit()
    {
        const string Limits = "\"communicationShare\": \"30 %\", \"bubble\": 0.25, \"expertImbalance\": 1.2, "
            + "\"crossNode\": [\"TP\"], \"ttft\": \"500 ms\"";
        LimitsSpec limits = Read(Limits).Spec.Limits!;
        Assert.Equal(
            new LimitsSpec { Ttft = 0.5, CommunicationShare = 0.3, Bubble = 0.25, ExpertImbalance = 1.2, CrossNode = ["tp"] }, limits);
        PlanSpec spec = TestPlans.Reference with { Limits = limits with { Tpot = 0.05 } };
        Assert.Equal(spec.Limits, PlanReader.Read(PlanDocument.From(spec)).Spec.Limits);
        Assert.Null(Read("").Spec.Limits);
    }

    [Theory]
    [InlineData("\"ttft\": 5", "limits.ttft must be a quantity such as 500 ms, not '5'")]
    [InlineData("\"ttft\": \"0 s\"", "a limit of 0 s cannot be kept; give a time above 0")]
    [InlineData("\"tpot\": \"5 ms\"", "the plan has no decode, whose step makes the further tokens; leave the key out")]
    [InlineData("\"bubble\": \"130 %\"", "1.3 is no share of a time; give 0 % to 100 %")]
    [InlineData("\"communicationShare\": \"much\"", "limits.communicationShare must be a quantity such as 30 %, not 'much'")]
    [InlineData("\"expertImbalance\": 0.9", "0.9 is below 1, which is an even load")]
    [InlineData("\"expertImbalance\": \"1.2x\"", "limits.expertImbalance must be a number, not '1.2x'")]
    [InlineData("\"crossNode\": \"tp\"", "limits.crossNode must be a list, not 'tp'")]
    [InlineData("\"crossNode\": []", "the list is empty; give axes that must not leave a node, such as [tp, ep]")]
    [InlineData("\"crossNode\": [\"xp\"]", "'xp' is no axis; give some of tp, sp, ep, dp, pp, etp, edp")]
    [InlineData("\"crossNode\": [\"etp\"]", "etp is an axis of expertParallel: folded alone")]
    [InlineData("\"crossNode\": [\"tp\", \"tp\"]", "[tp, tp] names an axis twice")]
    [InlineData("\"bubbel\": 0.1", "unknown key 'bubbel' in limits; did you mean 'bubble'?")]
    public void What_cannot_be_kept_is_refused(string limits, string message)
    {
        var fault = Assert.Throws<InputException>(() => Read(limits));
        Assert.Contains(message, Assert.Single(fault.Problems).ToString(), StringComparison.Ordinal);
        Assert.StartsWith("p.json:3:", fault.Problems[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"expertImbalance\": 1.01", "PD020", CheckStatus.Pass)]
    [InlineData("\"ttft\": \"1 s\"", "PD019", CheckStatus.Pass)]
    [InlineData("\"ttft\": \"1 us\"", "PD019", CheckStatus.Fail)]
    [InlineData("\"bubble\": \"99 %\", \"communicationShare\": \"99 %\"", "PD020", CheckStatus.Pass)]
    [InlineData("\"communicationShare\": \"1 %\"", "PD020", CheckStatus.Fail)]
    [InlineData("\"crossNode\": [\"tp\"]", "PD021", CheckStatus.Pass)]
    [InlineData("\"crossNode\": [\"tp\", \"ep\"]", "PD021", CheckStatus.Fail)]
    public void A_limit_is_kept_or_broken(string limits, string rule, CheckStatus status)
    {
        CheckReport report = CheckRunner.Run(DagGenerator.Generate(Read(limits)));
        Assert.Equal(status, report.Find(rule)!.Status);
        Assert.Equal(status == CheckStatus.Pass, report.Holds);
    }

    /// <summary>On hosts of 4 an ep group of 4 with tp 2 inside spans two nodes; in one NVLink domain of 8 it stays.</summary>
    [Fact]
    public void Fast_links_beyond_the_node_count()
    {
        string plan = Plan.Replace("\"gpusPerNode\": 4", "\"gpusPerNode\": 4, \"domain\": 8", StringComparison.Ordinal);
        CheckResult result = CheckRunner.Run(DagGenerator.Generate(Read("\"crossNode\": [\"ep\"]", plan: plan))).Find("PD021")!;
        Assert.Equal((CheckStatus.Pass, "2 groups of ep in all, each within one domain of 8 GPUs"), (result.Status, result.Evidence));
    }

    [Fact]
    public void A_skewed_load_breaks_the_limit_and_copies_of_experts_keep_it()
    {
        const string Limit = "\"expertImbalance\": 1.1", Load = "\"expertLoad\": {\"zipf\": 2}";
        CheckResult skewed = CheckRunner.Run(DagGenerator.Generate(Read(Limit, Load))).Find("PD020")!;
        Assert.Equal(CheckStatus.Fail, skewed.Status);
        Assert.NotEmpty(skewed.Nodes);
        string balanced = Plan.Replace("\"ep\": 4", "\"ep\": 4, \"redundantExperts\": 24", StringComparison.Ordinal);
        CheckResult even = CheckRunner.Run(DagGenerator.Generate(Read(Limit, Load, balanced))).Find("PD020")!;
        Assert.True(even.Status == CheckStatus.Pass, even.Evidence);
    }

    /// <summary>
    /// The reference plan by its own oracles: prefill takes 9.639406 ms, of which a GPU computes .0891 and communicates .1705 in the mean;
    /// a decode step takes 2.089069 ms.
    /// </summary>
    [Theory]
    [InlineData(0.00964, 0.0021, 0.75, 0.41, CheckStatus.Pass, CheckStatus.Pass)]
    [InlineData(0.00963, 0.0021, 0.75, 0.41, CheckStatus.Fail, CheckStatus.Pass)]
    [InlineData(0.00964, 0.00208, 0.74, 0.41, CheckStatus.Fail, CheckStatus.Fail)]
    [InlineData(0.00964, 0.0021, 0.75, 0.17, CheckStatus.Pass, CheckStatus.Fail)]
    public void The_reference_plan_against_its_times(
        double ttft, double tpot, double bubble, double communication, CheckStatus times, CheckStatus shares)
    {
        PlanSpec spec = TestPlans.Reference with
        {
            Limits = new LimitsSpec { Ttft = ttft, Tpot = tpot, Bubble = bubble, CommunicationShare = communication },
        };
        CheckReport report = CheckRunner.Run(DagGenerator.Generate(DeploymentPlan.Create(spec)));
        Assert.Equal((times, shares), (report.Find("PD019")!.Status, report.Find("PD020")!.Status));
    }

    /// <summary>
    /// The time per token is that of serving: 4 micro-batches on 4 stages in turn, at the mean context. In a file it stands in the header;
    /// without it the step of the graph tells.
    /// </summary>
    [Fact]
    public void The_time_per_token_is_that_of_serving()
    {
        PlanSpec spec = TestPlans.Reference with { Workload = TestPlans.Reference.Workload with { Batch = 16, MicroBatches = 4 } };
        var plan = DeploymentPlan.Create(spec with { Limits = new LimitsSpec { Tpot = 0.0025 } });
        double tpot = ParallelDag.Serving.PlanTimer.Measure(plan).Serving.Tpot!.Value;
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Device, PhaseKind.Decode);
        Assert.Equal(tpot, dag.Header.TokenSeconds!.Value, 1e-12);
        string evidence = CheckRunner.Run(dag, ["PD019"]).Find("PD019")!.Evidence!;
        Assert.Equal(Words.Invariant($"time per token {tpot * 1e3:0.###} ms, 2.5 ms allowed"), evidence);

        // The makespan of the step, 3.675311 ms, would break the limit.
        Assert.Equal(CheckStatus.Pass, CheckRunner.Run(dag, ["PD019"]).Find("PD019")!.Status);
        Dag json = JsonReader.Read(Encoding.UTF8.GetBytes(JsonWriter.ToText(dag)));
        Dag dot = DotReader.Read(DotWriter.ToText(dag));
        Assert.Equal(tpot, json.Header.TokenSeconds!.Value, 1e-12);
        Assert.Equal(tpot, dot.Header.TokenSeconds!.Value, 1e-12);

        string without = string.Join('\n', JsonWriter.ToText(dag).Split('\n')
            .Where(line => !line.StartsWith("\"tokenSeconds\"", StringComparison.Ordinal)));
        Dag untold = JsonReader.Read(Encoding.UTF8.GetBytes(without));
        string last = CheckRunner.Run(untold, ["PD019"]).Find("PD019")!.Evidence!;
        Assert.StartsWith("time per token, at the last one ", last, StringComparison.Ordinal);
    }

    /// <summary>An overview tells no times of GPUs, so a limit on them is not passed there.</summary>
    [Fact]
    public void What_a_graph_does_not_tell_is_not_passed()
    {
        DeploymentPlan plan = Read("\"ttft\": \"1 s\", \"bubble\": \"99 %\", \"expertImbalance\": 9");
        CheckReport report = CheckRunner.Run(DagGenerator.Generate(plan, DetailLevel.Overview));
        Assert.Equal((CheckStatus.Skipped, CheckStatus.Skipped), (report.Find("PD019")!.Status, report.Find("PD020")!.Status));
    }

    /// <summary>A plan without limits is neither passed nor skipped; asked for by name, the rules say what is missing.</summary>
    [Fact]
    public void Without_limits_the_rules_do_not_run()
    {
        Dag dag = DagGenerator.Generate(Read(""));
        Assert.DoesNotContain(CheckRunner.Run(dag).Results, result => result.Id is "PD019" or "PD020" or "PD021");
        Assert.All(CheckRunner.Run(dag, ["PD019", "PD020", "PD021"]).Results, result => Assert.Equal(CheckStatus.Skipped, result.Status));
    }

    [Fact]
    public void Limits_go_through_both_formats()
    {
        DeploymentPlan plan = Read("\"expertImbalance\": 1.25, \"crossNode\": [\"tp\", \"ep\"], \"ttft\": \"1 ms\"");
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Overview);
        Assert.Equal(dag.Header.Limits, JsonReader.Read(Encoding.UTF8.GetBytes(JsonWriter.ToText(dag))).Header.Limits);
        Assert.Equal(dag.Header.Limits, DotReader.Read(DotWriter.ToText(dag)).Header.Limits);
        Assert.Equal(dag.Header.Cluster, DotReader.Read(DotWriter.ToText(dag)).Header.Cluster);
    }

    private static DeploymentPlan Read(string limits, string workload = "\"outputLength\": 1", string plan = Plan)
    {
        string text = plan.Replace("LIMITS", limits, StringComparison.Ordinal).Replace("WORKLOAD", workload, StringComparison.Ordinal);
        return PlanTexts.Plan(text);
    }
}
