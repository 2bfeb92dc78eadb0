using ParallelDag.Explanations;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Explanations;

public class ExplanationTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Terms_add_up_to_what_the_node_says(int seed)
    {
        foreach (int number in Enumerable.Range(seed * 6, 6))
        {
            DeploymentPlan plan = TestPlans.Random(number);
            foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
            {
                Dag dag = DagGenerator.Generate(plan, detail);
                var known = new HashSet<(int, int)>();

                // Nodes with equal facts on other GPUs have the same numbers; a few of each are enough.
                foreach (DagNode node in dag.Nodes.Where(node => known.Add((dag.FactsColumn[node.Index], node.MicroBatch))))
                    Holds(node, NodeExplainer.Explain(node, plan), $"{number} {detail} {node.Id}");
            }
        }
    }

    private static void Holds(DagNode node, DagExplanation explanation, string where)
    {
        foreach (ExplainedQuantity quantity in explanation.Quantities)
        {
            if (quantity.Unit == "s")
                Assert.True(Math.Abs(quantity.Sum - quantity.Value) <= 1e-9m * quantity.Value,
                    $"{where}: {quantity}, terms {quantity.Sum}");
            else
                Assert.True(quantity.Sum == quantity.Value,
                    $"{where}: {quantity}, terms {quantity.Sum}: {string.Join("; ", quantity.Terms)}");
        }

        Assert.True(node.Flops == (explanation.Find("FLOPs")?.Value ?? 0), where);
        Assert.True(node.WireBytes == (explanation.Find("bytes on the wire")?.Value ?? 0), where);
        Assert.True(node.HbmBytes == (explanation.Find("bytes through the memory of a GPU")?.Value ?? 0), where);
        Assert.True(node.Seconds is null or 0 || Math.Abs((double)explanation.Find("time")!.Value - node.Seconds.Value) < 1e-12, where);
        Assert.NotEmpty(explanation.Checks);
    }

    [Fact]
    public void The_attention_of_the_reference_plan_is_told_in_its_numbers()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        Dag dag = DagGenerator.Generate(plan);
        DagNode node = dag.FindNode("prefill_l1_attention_sp0_tp0")!.Value;
        DagExplanation explanation = NodeExplainer.Explain(node, plan);

        // Half of the 10240*10241/2 pairs of a causal prompt, 4 heads, 2*(64 + 64) operations each; 4 sequences on 4 GPUs.
        ExplainedTerm term = Assert.Single(explanation.Find("FLOPs")!.Terms);
        Assert.Equal("sequences x pairs of a sequence / sp x heads x a pair", term.Formula.Replace("(", "", StringComparison.Ordinal)
            .Replace(")", "", StringComparison.Ordinal));
        Assert.Equal(10240m * 10241 / 2 / 2 * 4 * 256, term.Value);
        Assert.Equal(4, term.Times);
        ExplainedQuantity sequence = explanation.Find("output: seq_len")!;
        Assert.Equal(("seq_len / sp", "10,240 / 2", 5120m), (sequence.Terms[0].Formula, sequence.Terms[0].Numbers, sequence.Value));
        Assert.Contains("roofline", explanation.Find("time")!.Convention, StringComparison.Ordinal);
        Assert.Contains(explanation.Checks, rule => rule.StartsWith("PD015", StringComparison.Ordinal));
    }

    [Fact]
    public void A_collective_is_told_with_its_groups_and_their_GPUs()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        DagNode node = DagGenerator.Generate(plan).Nodes.First(node => node.Op == Ops.AttentionAllGather);
        DagExplanation explanation = NodeExplainer.Explain(node, plan);
        Assert.Equal("over tp: GPUs 0-1 (2 GPUs in one domain)", explanation.Groups[0]);
        ExplainedTerm wire = Assert.Single(explanation.Find("bytes on the wire")!.Terms);
        Assert.Equal(4, wire.Times);
        Assert.Equal(5242880m, wire.Value);
        Assert.StartsWith("(n - 1) x ", wire.Formula, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_without_its_plan_is_explained_by_what_it_says()
    {
        Dag dag = JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(
            JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference)))));
        DagNode node = dag.Nodes.First(node => node.Op == Ops.AttentionAllGather);
        DagExplanation explanation = NodeExplainer.Explain(node);
        Assert.Equal(node.WireBytes, explanation.Find("bytes on the wire")!.Sum);
        Assert.Equal("(n - 1) x S", explanation.Find("bytes on the wire")!.Terms[0].Formula);
    }

    [Fact]
    public void A_block_of_an_overview_is_the_sum_of_its_operators()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        DagNode block = DagGenerator.Generate(plan, DetailLevel.Overview).Nodes
            .First(node => node is { Phase: PhaseKind.Prefill, Stage: 2, Op: "attention" });
        ExplainedQuantity flops = NodeExplainer.Explain(block, plan).Find("FLOPs")!;
        DagNode[] operators = [.. DagGenerator.Generate(plan).Nodes.Where(node => node is { Phase: PhaseKind.Prefill, Stage: 2 })];
        foreach (ExplainedTerm term in flops.Terms)
        {
            DagNode[] own = [.. operators.Where(node => node.Name == term.Name)];
            Assert.Equal(own.Sum(node => node.Flops), term.Total);
            Assert.Equal(4, term.Times);
        }

        Assert.Contains(flops.Terms, term => term.Name == block.Name);
    }
}
