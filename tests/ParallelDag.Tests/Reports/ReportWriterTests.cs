using System.Globalization;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Reports;
using ParallelDag.Tests.Checks;

namespace ParallelDag.Tests.Reports;

public class ReportWriterTests
{
    private static readonly string[] Sections =
    [
        "## Warnings", "## Files", "## DAG features", "### 1. Parallel strategy representation", "### 2. GPU boundaries",
        "### 3. Operator-level granularity",
        "### 4. Communication patterns", "### 5. Data aggregation/split", "### 6. Gate selection representation", "### 7. Node attributes",
        "### 8. Visual conventions", "### 9. DAG validation", "## Key architecture elements", "### Pipeline stages",
        "### Mixture of experts",
        "### Attention decomposition", "### Memory dimensions", "### Performance alignment", "## Result",
    ];

    private static readonly Lazy<string> Reference = new(() => Report(SamplePlans.Reference()));

    [Fact]
    public void Has_every_section_of_the_reference_summary_in_order()
    {
        string[] headings = [.. Reference.Value.Split('\n').Where(line => line.StartsWith("##", StringComparison.Ordinal))
            .Select(line => line.TrimEnd(' ', '✓', '–'))];
        Assert.Equal(Sections, headings);
        Assert.StartsWith("# llm_parallel: parallel strategy DAG\n\n✓ 22 passed, 0 failed, 0 not checked.\n", Reference.Value,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("| **Model** | 855 M parameters, 150 M of them active for a token; 16 layers of 512 channels |")]
    [InlineData("| **GPUs** | 64 H100-SXM-80GB in 8 nodes, 64 of them in use, 72 GiB each without the reserve |")]
    [InlineData("| **Links** | 450 GB/s a GPU in a domain of 8, 50 GB/s between nodes |")]
    [InlineData("| **Workload** | batch 4, prompt 10240, output 128 |")]
    [InlineData("| **Strategy** | prefill pp4 ep4 tp2 sp2 on 64 GPUs; decode pp4 ep4 tp2 on 32 GPUs |")]
    [InlineData("**Time given away**")]
    [InlineData("**Expert parallel leaves its node (prefill)**: 16 groups of 4, such as GPUs 0,4,8,12: one spans 2 nodes")]
    [InlineData("**The pipeline waits (prefill and decode)**: with 1 micro-batch through 4 stages GPUs stand idle 75 % of the time")]
    [InlineData("- **Prefill**: PP=4, EP=4, TP=2, SP=2 (64 GPUs in all,")]
    [InlineData(
        "| prefill | Dispatch All-to-All | ep, 4 GPUs | 64 | 2 nodes, 2 GPUs in the fullest | network, 50 GB/s a GPU | 10 MiB "
            + "(10,485,760) | 134 us |")]
    [InlineData("| prefill | All-Gather (K and V) | sp, 2 GPUs | 128 | 1 node | domain, 450 GB/s a GPU | 10 MiB (10,485,760) | 41.6 us |")]
    [InlineData("No tick: the plan sets no limits")]
    [InlineData("- **Decode**: PP=4, EP=4, TP=2, SP=1 (32 GPUs in all,")]
    [InlineData("- Prefill: hidden states of the whole input `[batch_size=4, seq_len=10240, hidden=512]`")]
    [InlineData("- LayerNorms are nodes of their own: Attention RMSNorm (48), FFN RMSNorm (48), Final RMSNorm (3)")]
    [InlineData("- Expert computation is split by expert groups: 0-3; 4-7; 8-11; 12-15")]
    [InlineData("| expert (down_proj, gate_proj, up_proj) | 1.5 GiB (1,610,612,736) | pp 4, ep 4, tp 2 | 48 MiB (50,331,648) | 3 GiB")]
    [InlineData("- Unified pool: 64 GPUs in place of 96, 1.9 GiB (2,042,896,384) of weights and 640 MiB (671,088,640) of KV cache saved")]
    [InlineData("| prefill | 1 | 1-4 | 0-15 |")]
    [InlineData("| prefill | 4 | 13-16 | 48-63 |")]
    [InlineData("| decode | 1 | 1-4 | 0-1,4-5,8-9,12-13 |")]
    [InlineData("| prefill | 1 | 4-7 | 4-7 |")]
    [InlineData("- ✓ PD008: 16 experts, each on exactly one of 4 groups, in 16 of 16 MoE layers of prefill")]
    [InlineData("- **Dashed lines**: 192 gate edges")]
    [InlineData("`Q [batch_size=1, seq_len=5120, heads=4, d_k=64]; K [batch_size=1, seq_len=10240, kv_heads=4, d_k=64]")]
    [InlineData("- Prefill: input `[batch_size=4, seq_len=10240]`")]
    [InlineData("- KV cache: 32,768 bytes per token over all layers")]
    [InlineData("- Decode finds its weights where prefill left them: they are held once")]
    public void Says_of_the_reference_plan(string text) => Assert.Contains(text, Reference.Value, StringComparison.Ordinal);

    [Fact]
    public void Every_rule_stands_in_the_validation_table_with_its_evidence()
    {
        Dag dag = DagGenerator.Generate(SamplePlans.Reference());
        CheckReport checks = CheckRunner.Run(dag);
        string text = ReportWriter.ToText(dag, checks);
        foreach (CheckResult result in checks.Results)
            Assert.Contains(
                $"| {Page.Mark(result.Status)} | {result.Id} | {Markdown.Text(result.Title)} | {Markdown.Text(result.Evidence)} |", text,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_named_only_when_they_are_written()
    {
        Assert.Contains(
            """
            | file | what it is | size |
            | --- | --- | --- |
            | [`d.dot`](d.dot), [`d.svg`](d.svg) | the deployment DAG (operator level) | 945 nodes, 1,625 edges |
            | [`s.dot`](s.dot) | the simplified DAG (overview level) |
            """.ReplaceLineEndings("\n"),
            Reference.Value,
            StringComparison.Ordinal);
        Assert.Contains("| [`r.md`](r.md) | this page |", Reference.Value, StringComparison.Ordinal);

        Dag dag = DagGenerator.Generate(SamplePlans.Reference());
        string alone = ReportWriter.ToText(dag, CheckRunner.Run(dag));
        Assert.Contains("## Graphs\n\n| what it is | size |\n| --- | --- |\n| the deployment DAG (operator level) | 945 nodes,", alone,
            StringComparison.Ordinal);
        Assert.DoesNotContain("_deployment.dot", alone, StringComparison.Ordinal);
    }

    /// <summary>"tp" is not looked for inside "etp".</summary>
    [Fact]
    public void Axes_stand_in_one_order()
    {
        string[] axes = ["etp", "sp", "tp", "x", "edp", "pp", "dp", "ep"];
        var phase = new DagPhase(new PhaseId(PhaseKind.Prefill), ["tp"], axes.ToDictionary(axis => axis, _ => 2), []);
        Dag dag = new DagBuilder().Build(new DagHeader { Name = "axes", Phases = [phase] });

        Assert.Contains(
            "- **Prefill**: PP=2, DP=2, EP=2, ETP=2, EDP=2, TP=2, SP=2, X=2 (", ReportWriter.ToText(dag, CheckRunner.Run(dag)),
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Who approves sees the verdict, eight facts and three pictures before anything else, and of what is wrong the remedy.
    /// </summary>
    [Fact]
    public void The_first_page_is_for_who_approves()
    {
        var plan = DeploymentPlan.Create(SamplePlans.Reference().GetSpec() with
        {
            Cluster = SamplePlans.Reference()
                .GetSpec().Cluster with { Gpus = 96, Gpu = DeviceProfile.Find("H100")! with { MemoryBytes = 1L << 27 } },
        });
        Dag dag = DagGenerator.Generate(plan);
        ReportFile[] files =
            [.. new[] { "map", "a time line", "memory", "layer" }.Select(name => new ReportFile(name + ".svg", null) { Shows = name })];
        string text = ReportWriter.ToText(dag, CheckRunner.Run(dag), PlanDescription.Of(plan), null, files);
        string[] order =
        [
            "breaks 1 rule", "**Model**", "**Weights and cache**", "**GPUs**", "**Links**", "**Workload**", "**Strategy**", "**Speed**",
            "**Memory**",
            "## Warnings", "**PD013 ", "*Remedy*: a higher tp", "**GPUs stand idle**: 32 of 96 GPUs", "![map](map.svg)",
            "![a time line](a%20time%20line.svg)", "![memory](memory.svg)", "<details><summary>1 more picture", "![layer](layer.svg)",
            "## DAG features",
        ];
        int at = 0;
        foreach (string part in order)
        {
            int next = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(next >= at, part);
            at = next;
        }

        Assert.All(
            text.Split('\n').SkipWhile(line => line != "## Warnings").Skip(2)
                .TakeWhile(line => line.StartsWith("- **", StringComparison.Ordinal)),
            line => Assert.Contains(" *Remedy*: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_failing_rule_is_the_first_thing_on_the_page()
    {
        Dag dag = new DagMutator(DagGenerator.Generate(SamplePlans.Reference(4))).Gpus("prefill_l1_gate_sp0", null).Build();
        string[] lines = ReportWriter.ToText(dag, CheckRunner.Run(dag)).Split('\n');
        Assert.StartsWith("**✗ This DAG breaks 1 rule: 21 passed, 1 failed", lines[2], StringComparison.Ordinal);
        Assert.Equal("- ✗ **PD003 GPUs named on every node**: 1 node without GPUs: prefill_l1_gate_sp0", lines[4]);
        Assert.Contains("### 2. GPU boundaries ✗", lines);
        Assert.Contains("### 8. Visual conventions ✓", lines);
        Assert.StartsWith("✗ Not fit for use", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_checked_says_so()
    {
        Dag drawn = DotReader.Read(
            "digraph g { a [shape=box, label=\"Norm\\nGPU 0\\nInput: [x=1]\\nOutput: [x=1]\"]; "
                + "b [shape=box, label=\"MLP\\nGPU 0\\nInput: [x=1]\\nOutput: [x=1]\"]; a -> b }", "g.dot");
        string text = ReportWriter.ToText(drawn, CheckRunner.Run(drawn));
        Assert.Contains("### Memory dimensions –", text, StringComparison.Ordinal);
        Assert.Contains("- – PD013: not checked: no plan", text, StringComparison.Ordinal);
        Assert.Contains("| `g.dot` | the DAG that was checked", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb\n# Heading")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("[click](javascript:alert(1))")]
    [InlineData("![x](http://evil.example/x.png)")]
    [InlineData("x | y | ✓ |")]
    [InlineData("`code` ``two``")]
    [InlineData("**bold** _under_ ~~gone~~ $x$")]
    [InlineData("&lt;b&gt;")]
    public void A_hostile_name_stays_text(string name)
    {
        var builder = new DagBuilder();
        builder.AddNode(name,
            new NodeFacts { Name = name, Kind = NodeKind.Computation, Op = name, Input = TensorList.Parse(name),
                Output = TensorList.Parse(name) }, NodeScope.Unknown, null);
        Dag dag = builder.Build(new DagHeader { Name = name });
        string text = ReportWriter.ToText(dag, CheckRunner.Run(dag));

        // Outside code spans no character of the name can start markup: each stands behind a backslash or is gone.
        string bare = System.Text.RegularExpressions.Regex.Replace(text, "(?<!\\\\)(`+)(?!`).*?(?<!`)\\1(?!`)", "code");
        foreach (string markup in new[] { "<script", "](", "~~gone", "**bold**", "_under_", "$x$", "&lt;", "http://" })
            Assert.DoesNotContain(markup, System.Text.RegularExpressions.Regex.Replace(bare, @"\\.", "?"), StringComparison.Ordinal);
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("# Heading", StringComparison.Ordinal));
        foreach (string row in text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
            Assert.Contains(row.Replace("\\|", "", StringComparison.Ordinal).Count(letter => letter == '|'), new[] { 3, 4, 5, 6, 7 });
    }

    [Fact]
    public void Is_the_same_under_any_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.NumberGroupSeparator = "'";
            odd.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(Reference.Value, Report(SamplePlans.Reference()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Sums_are_the_same_at_Operator_and_Device_level()
    {
        DeploymentPlan plan = SamplePlans.Random(3);
        Assert.Equal(Traffic(DetailLevel.Operator), Traffic(DetailLevel.Device));
        Assert.NotEmpty(Traffic(DetailLevel.Device));

        string[] Traffic(DetailLevel detail)
        {
            Dag dag = DagGenerator.Generate(plan, detail);
            string text = ReportWriter.ToText(dag, CheckRunner.Run(dag), PlanDescription.Of(plan));
            return [.. text[text.IndexOf("### Performance", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith('|'))];
        }
    }

    private static string Report(DeploymentPlan plan)
    {
        Dag dag = DagGenerator.Generate(plan);
        Dag simplified = DagGenerator.Generate(plan, DetailLevel.Overview);
        ReportFile[] files = [new("d.dot", dag), new("d.svg", dag), new("s.dot", simplified), new("r.md", null)];
        return ReportWriter.ToText(dag, CheckRunner.Run(dag), PlanDescription.Of(plan), simplified, files);
    }
}
