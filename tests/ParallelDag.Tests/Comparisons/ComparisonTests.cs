using System.Text.Json;
using ParallelDag.Comparisons;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Reports;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Comparisons;

public class ComparisonTests
{
    private static readonly PlanSpec Before = TestPlans.Reference;

    private static readonly PlanSpec ExpertsInNodes = Before with
    {
        Prefill = Before.Prefill! with { Order = ["tp", "ep", "sp", "dp", "pp"] },
    };

    private static DagComparison Compare(PlanSpec before, PlanSpec after) =>
        DagComparer.Compare(DeploymentPlan.Create(before), DeploymentPlan.Create(after));

    [Fact]
    public void Another_order_of_ranks_is_the_same_work_on_other_GPUs_and_its_links_are_named()
    {
        DagComparison comparison = Compare(Before, ExpertsInNodes);
        Assert.Equal(ComparisonVerdict.SameWork, comparison.Verdict);
        Assert.StartsWith("The same work, on other GPUs; 4 collectives over other links", comparison.Summary, StringComparison.Ordinal);
        Assert.Equal(
            ["Prefill All-Gather over sp", "Prefill All-to-All over ep", "Prefill KV hand-off", "Decode All-to-All over ep"],
            comparison.Differences.Where(row => row.LinkChanged).Select(row => $"{row.Phase} {row.Subject}").Order(StringComparer.Ordinal)
                .OrderByDescending(text => text.StartsWith("Prefill", StringComparison.Ordinal)));
        Assert.Empty(comparison.Of(DifferenceAspect.Operator));
        DagDifference dispatch = comparison.Of(DifferenceAspect.Collective).First(row =>
            row.Subject == "All-to-All over ep" && row.Phase?.Kind == PhaseKind.Prefill);
        Assert.StartsWith("128 groups of 4, S 10 MiB, 3.75 GiB on the wire, over the network (2 domains)", dispatch.Reference,
            StringComparison.Ordinal);
        Assert.StartsWith("128 groups of 4, S 10 MiB, 3.75 GiB on the wire, within a domain of fast links", dispatch.Difference,
            StringComparison.Ordinal);
        Assert.Equal(DifferenceEffect.Better, dispatch.Effect);
        DagDifference role = comparison.Of(DifferenceAspect.Role).First(row => row.Phase?.Kind == PhaseKind.Prefill);
        Assert.Equal("GPUs 2-13,18-29,34-45,50-61", role.Subject);
        Assert.Equal("GPU 2 is stage 1, ep0 tp0 sp1", role.Reference);
        Assert.Equal("GPU 2 is stage 1, ep1 tp0 sp0", role.Difference);
        DagDifference setting = Assert.Single(comparison.Of(DifferenceAspect.Setting));
        Assert.Equal(("prefill.order", null, "[tp, ep, sp, dp, pp]"), (setting.Subject, setting.Reference, setting.Difference));
        Assert.StartsWith("Yes, nothing of the whole gets worse. It gains: time to first token 9.64 ms -> 8.33 ms (-13.6 %)",
            comparison.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Folded_experts_in_another_order_are_the_same_work(DetailLevel detail)
    {
        PlanSpec before = TestPlans.Of(TestPlans.Moe, new PhaseStrategy
        {
            Tp = 2, Dp = 4, Ep = 8, ExpertParallel = ExpertParallelMode.Folded, AttentionOutput = AttentionOutput.ReduceScatter,
        });
        PlanSpec after = before with { Prefill = before.Prefill! with { Order = ["dp", "tp", "sp", "ep", "pp"] } };
        DagComparison comparison = DagComparer.Compare(
            new ComparisonSubject(DeploymentPlan.Create(before), detail), new ComparisonSubject(DeploymentPlan.Create(after), detail));
        Assert.Empty(comparison.Of(DifferenceAspect.Operator));
        Assert.Equal(ComparisonVerdict.SameWork, comparison.Verdict);
    }

    [Fact]
    public void Differences_come_in_the_order_that_matters()
    {
        DagComparison comparison = Compare(Before, Before with { Prefill = new PhaseStrategy { Pp = 2, Ep = 4, Tp = 4 } });
        DifferenceAspect[] aspects = [.. comparison.Differences.Select(row => row.Aspect)];
        Assert.Equal(aspects.Order(), aspects);
        Assert.Equal(ComparisonVerdict.Different, comparison.Verdict);
    }

    [Fact]
    public void A_plan_that_no_longer_fits_is_not_advised()
    {
        DagComparison comparison = Compare(TestPlans.Llama70B, TestPlans.Llama70B with
        {
            Cluster = TestPlans.Llama70B.Cluster with { Gpu = DeviceProfile.Find("A100-40GB") ?? DeviceProfile.Find("A100-SXM-40GB")! },
            Workload = TestPlans.Llama70B.Workload with { Batch = 256 },
        });
        DagDifference fits = Assert.Single(comparison.Of(DifferenceAspect.Fits));
        Assert.StartsWith("yes, ", fits.Reference, StringComparison.Ordinal);
        Assert.StartsWith("no, ", fits.Difference, StringComparison.Ordinal);
        Assert.Equal(DifferenceEffect.Worse, fits.Effect);
        Assert.Contains(comparison.Of(DifferenceAspect.Rule), row => row.Subject.StartsWith("PD013", StringComparison.Ordinal));
        Assert.StartsWith("Not as it is. It breaks: it no longer fits", comparison.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_and_experts_that_move_are_told_with_their_GPUs()
    {
        PlanSpec after = Before with
        {
            Prefill = Before.Prefill! with { LayersPerStage = [3, 5, 4, 4] },
            Decode = Before.Decode! with { LayersPerStage = [3, 5, 4, 4] },
        };
        DagComparison comparison = Compare(Before, after);
        DagDifference layer = comparison.Of(DifferenceAspect.Layer).First(row => row.Phase?.Kind == PhaseKind.Prefill);
        Assert.Equal(("layer 4", "stage 1 on GPUs 0-15", "stage 2 on GPUs 16-31"), (layer.Subject, layer.Reference, layer.Difference));
        DagDifference expert = comparison.Of(DifferenceAspect.Expert).First(row => row.Phase?.Kind == PhaseKind.Prefill);
        Assert.Equal(("experts 0-3", "on GPUs 0-3", "on GPUs 16-19", "4"), (expert.Subject, expert.Reference, expert.Difference,
            expert.Layers));
    }

    [Fact]
    public void Operators_that_go_are_told_once_with_their_layers()
    {
        DagComparison comparison = Compare(Before, Before with { Prefill = Before.Prefill! with { Tp = 4, Sp = 1 } });
        DagDifference gone = comparison.Of(DifferenceAspect.Operator).Single(row => row.Subject == "All-Gather (K and V)");
        Assert.Equal((DifferenceSide.Removed, "1-16", "<="), (gone.Side, gone.Layers, gone.SideIndicator));
        DagDifference up = comparison.Of(DifferenceAspect.Operator).First(row => row.Subject == "QKV Projection");
        Assert.StartsWith("64 nodes, yield Q [batch_size=1, seq_len=5120, heads=4, d_k=64]", up.Reference, StringComparison.Ordinal);
        Assert.StartsWith("64 nodes, yield Q [batch_size=1, seq_len=10240, heads=2, d_k=64]", up.Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_dependency_is_a_difference_of_its_own()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(Before));
        int lost = dag.Edges.First(edge => edge.GetTarget().Op == Ops.AttentionResidual && edge.GetSource().Op == Ops.AttentionNorm
            || edge.GetTarget().Op == Ops.AttentionResidual).Index;
        var builder = new DagBuilder();
        foreach (DagNode node in dag.Nodes)
            builder.AddNode(node.Id, dag.FactsOf(node.Index), dag.ScopeOf(node.Index), node.Gpus);
        foreach (DagEdge edge in dag.Edges.Where(edge => edge.Index != lost))
            builder.AddEdge(edge.GetSource().Index, edge.GetTarget().Index, edge.Kind, dag.EdgeFactsOf(edge.GetSource().Index, edge.Index));
        DagComparison comparison = DagComparer.Compare(dag, builder.Build(dag.Header));
        DagDifference row = Assert.Single(comparison.Of(DifferenceAspect.Edge));
        Assert.Equal(DifferenceSide.Removed, row.Side);
        Assert.StartsWith($"1 edge that the other lacks, such as {dag.Edge(lost)}", row.Reference, StringComparison.Ordinal);
        Assert.Equal(ComparisonVerdict.Different, comparison.Verdict);
    }

    [Fact]
    public void Ids_do_not_matter()
    {
        string json = JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(Before)));
        Dag renamed = JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(
            json.Replace("\"prefill_", "\"other_", StringComparison.Ordinal).Replace("\"decode_", "\"another_", StringComparison.Ordinal)));
        Assert.NotEqual("prefill_s1_input", renamed.Nodes[0].Id);
        DagComparison comparison = DagComparer.Compare(
            new ComparisonSubject(DeploymentPlan.Create(Before)), new ComparisonSubject(renamed));
        Assert.True(comparison.AreEqual, string.Join("\n", comparison.Differences));
    }

    [Fact]
    public void Graphs_of_two_levels_are_refused()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Before);
        InputException refused = Assert.Throws<InputException>(() =>
            DagComparer.Compare(DagGenerator.Generate(plan), DagGenerator.Generate(plan, DetailLevel.Device)));
        Assert.Contains("operator level", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--detail", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_agrees_is_listed_when_asked_for()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Before);
        DagComparison comparison = DagComparer.Compare(new ComparisonSubject(plan), new ComparisonSubject(plan), includeEqual: true);
        Assert.True(comparison.AreEqual);
        Assert.All(comparison.GetRows(), row => Assert.Equal("==", row.SideIndicator));
        Assert.Contains(comparison.GetRows(), row => row is { Aspect: DifferenceAspect.Time, Subject: "time to first token",
            Reference: "9.64 ms" });
    }

    [Fact]
    public void The_report_answers_whether_to_merge_and_shows_text_as_text()
    {
        string report = ComparisonReport.Write(Compare(Before, ExpertsInNodes));
        Assert.Contains("**The same work, on other GPUs; 4 collectives over other links.**", report, StringComparison.Ordinal);
        Assert.Contains("**Merge?** Yes, nothing of the whole gets worse.", report, StringComparison.Ordinal);
        Assert.Contains("- Of its parts these get slower, and others outweigh them: prefill All-Gather over sp (+247.92 %)", report,
            StringComparison.Ordinal);
        Assert.Contains("\n- It fits every GPU, as before.\n- Checks: llm_parallel: ", report, StringComparison.Ordinal);
        Assert.Contains("| `prefill.order` | *default* | \\[tp, ep, sp, dp, pp\\] |", report, StringComparison.Ordinal);
        Assert.Contains("- 👍 time to first token 9.64 ms -\\> 8.33 ms (-13.6 %)", report, StringComparison.Ordinal);
        Assert.Equal("## llm_parallel\n\n**Nothing differs.**\n", ComparisonReport.Write(Compare(Before, Before)));
    }

    [Fact]
    public void Text_fits_a_terminal_and_JSON_parses()
    {
        DagComparison comparison = Compare(Before, Before with { Prefill = Before.Prefill! with { Tp = 4, Sp = 1 } });
        Assert.All(ComparisonText.Write(comparison).Split('\n'), line => Assert.True(line.Length <= 81, line));
        using var stream = new MemoryStream();
        ComparisonJson.Write(comparison, stream);
        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        Assert.Equal("different", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(comparison.Differences.Count, json.RootElement.GetProperty("differences").GetArrayLength());
        JsonElement ttft = json.RootElement.GetProperty("differences").EnumerateArray()
            .First(row => row.GetProperty("subject").GetString() == "time to first token");
        Assert.Equal("worse", ttft.GetProperty("effect").GetString());
        Assert.Equal("s", ttft.GetProperty("unit").GetString());
    }
}
