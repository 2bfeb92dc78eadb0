using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>Which graph a plan generates to be compared with, and how the two are compared.</summary>
public class ComparedGraphTests
{
    private static readonly DeploymentPlan Plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense with { Layers = 2 },
        new PhaseStrategy { Tp = 2 }));

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void A_graph_is_compared_at_its_detail(DetailLevel detail) =>
        Assert.Equal(detail, CheckRunner.GraphOf(Plan, DagGenerator.Generate(Plan, detail)).Detail);

    [Fact]
    public void A_drawing_is_compared_with_the_deployment_picture() =>
        Assert.Equal(DetailLevel.Operator, CheckRunner.GraphOf(Plan, DotReader.Read("digraph { a [label=MLP] }", "a.dot")).Detail);

    [Fact]
    public void Beside_a_plan_the_rule_runs_unasked()
    {
        Dag dag = GraphScript.Good("apart");
        Assert.NotNull(CheckRunner.Run(dag, plan: dag).Find("PD027"));
        Assert.NotNull(CheckRunner.Run(dag, plan: dag).Find("PD001"));
        Assert.Null(CheckRunner.Run(dag, plan: dag).Find("PD018"));
        Assert.Null(CheckRunner.Run(dag, ["PD001"], dag).Find("PD027"));
        Assert.Equal(CheckRule.All.Count - 5, CheckRunner.Run(dag).Results.Count);
    }

    [Fact]
    public void A_plan_that_is_reflected_is_summed_up() => Assert.Equal(
        "31 nodes reflect the plan test: prefill and decode on GPUs 0-1",
        RuleText.Of(GraphScript.Good("apart"), "PD027", GraphScript.Good("apart")).Evidence);

    /// <summary>Node by node only where both are of one detail: else layer 2 of a device graph is held against the picture's.</summary>
    [Fact]
    public void Graphs_of_other_details_are_compared_as_drawings_are()
    {
        Dag device = DagGenerator.Generate(Plan, DetailLevel.Device), picture = DagGenerator.Generate(Plan);
        CheckResult result = RuleText.Of(device, "PD027", picture);
        Assert.True(result.Status == CheckStatus.Pass, result.Evidence);
        Assert.Equal($"{device.NodeCount} nodes reflect the plan test: prefill on GPUs 0-1", result.Evidence);
        Dag overview = DagGenerator.Generate(Plan, DetailLevel.Overview);
        Assert.Contains("Norm not drawn", RuleText.Of(overview, "PD027", picture).Evidence, StringComparison.Ordinal);
    }

    /// <summary>Four layers on two GPUs, two micro-batches: what a layer has is counted once.</summary>
    [Theory]
    [InlineData("a [label=\"Layers 1-4 Attention\\nGPU: 0-1\"]", "Attention not drawn", false)]
    [InlineData("a [label=\"Layers 0-3 Attention\\nGPU: 0-1\"]", "Attention not drawn", false)]
    [InlineData("a [label=\"Layers 1-3 Attention\\nGPU: 0-1\"]", "prefill layer 4: Attention not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Layers 2-3 Attention\\nGPU: 0-1\"]", "prefill layers 1,4: Attention not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Layer 2 Attention\\nGPU: 0-1\"]", "prefill layers 1,3-4: Attention not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Layer 0 Attention\\nGPU: 0-1\"]", "prefill layers 2-4: Attention not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Attention\\nGPU: 0-1\"]", "Attention not drawn", false)]
    [InlineData("a [label=\"Attention\"]", "Attention not drawn", false)]
    [InlineData("a [label=\"Attention\\nGPU: 0\"]", "prefill layers 1-4: Attention not drawn on GPUs 1, add their shard", true)]
    [InlineData("a [label=\"Attention\\nGPU: 0,7\"]", "prefill layers 1-4: Attention not drawn on GPUs 1, add their shard", true)]
    [InlineData("a [label=\"MLP\"]", "prefill layers 1-4: Attention not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Residual Add\"]", "prefill layers 1-4: Residual Add drawn 1 of 2 times on GPUs 0-1, add what is missing", true)]
    [InlineData("a [label=\"Residual Add\"]; b [label=\"Residual Add\"]", "Residual Add ", false)]
    [InlineData("a [label=\"Residual Add\\nGPU: 0\"]; b [label=\"Residual Add\"]",
        "prefill layers 1-4: Residual Add drawn 1 of 2 times on GPUs 1, add what is missing", true)]
    [InlineData("a [label=\"Layer 1 Sampling\\nGPU: 0-1\"]", "prefill: Sampling not drawn, add it on GPUs 0-1", true)]
    [InlineData("a [label=\"Sampling\\nGPU: 0-1\"]", "Sampling", false)]
    [InlineData("a [label=\"Attention\"]", "decode", false)]
    [InlineData("a [label=\"Attention\"]", "2 times on", false)]
    public void Operators_of_layers_are_counted_on_each_GPU(string drawing, string words, bool told)
    {
        string evidence = RuleText.Drawn(drawing, "PD027", GraphScript.Good("alike")).Evidence;
        Assert.Equal(told, evidence.Split("; ").Any(clause => clause.Contains(words, StringComparison.Ordinal)));
    }

    /// <summary>A drawing that names no phase is held against the first of two.</summary>
    [Theory]
    [InlineData("a [label=\"Attention\"]", "prefill", true)]
    [InlineData("a [label=\"Attention\"]", "decode", false)]
    [InlineData("a [label=\"Attention\", phase=prefill]", "decode layer 1: Attention not drawn, add it on GPUs 1", true)]
    [InlineData("a [label=\"Attention\", phase=prefill]", "prefill layer 1: Attention not drawn, add it on GPUs 0", false)]
    [InlineData("a [label=\"Attention\", phase=decode]", "prefill layer 1: Attention not drawn, add it on GPUs 0", true)]
    [InlineData("a [label=\"Attention\", phase=decode]; b [label=\"Attention\"]", "Attention not drawn, add it on", false)]
    public void Operators_are_those_of_the_phase_that_a_drawing_names(string drawing, string words, bool told)
    {
        string evidence = RuleText.Drawn(drawing, "PD027", GraphScript.Good("apart")).Evidence;
        Assert.Equal(told, evidence.Split("; ").Any(clause => clause.Contains(words, StringComparison.Ordinal)));
    }
}
