using ParallelDag.Checks;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>PD027: a drawing against the graph that its plan generates, operator by operator.</summary>
public class OperatorDifferenceTests
{
    /// <summary>One dense layer, TP=2 on GPUs 0-1, drawn as people draw: layer 0, Q, K and V each, one MLP node for both halves.</summary>
    private const string Drawing = """
        digraph {
          in [label="Input\nGPU: 0-1"]; emb [label="Token Embedding\nGPU: 0-1"]; ear [label="All-Reduce\nGPU: 0-1", shape=ellipse];
          subgraph cluster_0 { label="Layer 0";
            n1 [label="LayerNorm\nGPU: 0-1"]; q [label="Q Proj\nGPU: 0-1"]; k [label="K Proj\nGPU: 0-1"]; v [label="V Proj\nGPU: 0-1"];
            at [label="Attention\nGPU: 0-1"]; o [label="Output Projection\nGPU: 0-1"]; ar1 [label="All-Reduce\nGPU: 0-1", shape=ellipse];
            r1 [label="Residual Add\nGPU: 0-1"]; n2 [label="RMSNorm\nGPU: 0-1"]; m [label="MLP\nGPU: 0-1"];
            ar2 [label="All-Reduce\nGPU: 0-1", shape=ellipse]; r2 [label="Residual Add\nGPU: 0-1"];
          }
          fn [label="Final Norm\nGPU: 0-1"]; lm [label="LM Head\nGPU: 0-1"]; ag [label="All-Gather\nGPU: 0-1", shape=ellipse];
          s [label="Sampling\nGPU: 0-1"]; out [label="Output\nGPU: 0-1"];
          in -> emb -> ear -> n1 -> q -> at; n1 -> k -> at; n1 -> v -> at; at -> o -> ar1 -> r1 -> n2;
          n2 -> m -> ar2 -> r2 -> fn -> lm -> ag -> s -> out;
          ear -> r1; r1 -> r2
        }
        """;

    private static readonly Dag Plan = DagGenerator.Generate(DeploymentPlan.Create(new PlanSpec
    {
        Name = "dense",
        Model = new ModelOutline { Layers = 1, Hidden = 64, Heads = 8, KvHeads = 8, HeadDim = 8, Ffn = 128, Vocab = 1000 },
        Cluster = new ClusterSpec { Gpus = 2, Gpu = DeviceProfile.Find("H100-SXM-80GB")! },
        Workload = new WorkloadSpec { Batch = 4, PromptLength = 64, OutputLength = 8 },
        Prefill = new PhaseStrategy { Tp = 2 },
    }));

    private static CheckResult Run(string drawing) => RuleText.Of(DotReader.Read(drawing, "drawing.dot"), "PD027", Plan);

    [Fact]
    public void A_drawing_in_other_words_reflects_its_plan() => Assert.True(Run(Drawing).Status == CheckStatus.Pass, Run(Drawing).Evidence);

    [Theory]
    [InlineData(
        "ar2 [label=\"All-Reduce", "ar2 [label=\"Something", "All-Reduce (FFN output) drawn 1 of 2 times on GPUs 0-1, add what is missing")]
    [InlineData("Attention\\nGPU: 0-1", "Attention\\nGPU: 0", "prefill layer 1: Attention not drawn on GPUs 1, add their shard")]
    [InlineData("MLP", "FFN Up", "FFN Down not drawn, add it on GPUs 0-1")]
    [InlineData("LM Head", "Something", "prefill: LM Head not drawn, add it on GPUs 0-1")]
    [InlineData("RMSNorm", "Something", "Attention Norm and FFN Norm drawn 1 of 2 times on GPUs 0-1")]
    [InlineData("Sampling\\nGPU: 0-1", "Sampling\\nGPU: 2", "1 node on GPUs that the plan does not use: s (line")]
    public void What_the_plan_has_and_the_drawing_lacks_is_named(string from, string to, string words)
    {
        Assert.Contains(from, Drawing, StringComparison.Ordinal);
        CheckResult result = Run(Drawing.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains(words, result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_difference_stands_in_the_line()
    {
        CheckResult result = Run("digraph { a [label=\"Input\\nGPU: 0-1\"]; b [label=\"Output\\nGPU: 0-1\"]; a -> b }");
        Assert.All(
            new[]
            {
                "Embedding", "QKV Projection", "Attention", "Output Projection", "Residual Add", "FFN Up", "FFN Down", "LM Head",
                "Sampling", "Final Norm",
            },
            name => Assert.Contains(name, result.Evidence, StringComparison.Ordinal));
        Assert.DoesNotContain("more sort", result.Evidence, StringComparison.Ordinal);
    }
}
