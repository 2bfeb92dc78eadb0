using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>A DAG that somebody drew by hand in DOT, held against the same rules; then one line of it is changed.</summary>
public class DrawnGraphTests
{
    private const string Tokens = "batch_size=4, seq_len=1024";

    private const string Hidden = "batch_size=4, seq_len=1024, hidden=512";

    private const string Heads = "batch_size=4, seq_len=1024, heads=4, d_k=64";

    private const string Routed = "experts=8, tokens=1024, hidden=512";

    private const string Good = $$"""
        digraph plan {
          rankdir=TB;
          in    [shape=box, label="Input\nGPUs: 0-3\nInput: [{{Tokens}}]\nOutput: [{{Tokens}}]"];
          embed [shape=box, label="Embedding\nGPUs: 0-3\nInput: [{{Tokens}}]\nOutput: [{{Hidden}}]"];
          qkv0  [shape=box, label="Layer 1 QKV Projection\nGPU: 0,1\nInput: [{{Hidden}}]\nOutput: [{{Heads}}]"];
          qkv1  [shape=box, label="Layer 1 QKV Projection\nGPU: 2,3\nInput: [{{Hidden}}]\nOutput: [{{Heads}}]"];
          att0  [shape=box, label="Layer 1 Attention\nGPU: 0,1\nInput: [{{Heads}}]\nOutput: [{{Heads}}]"];
          att1  [shape=box, label="Layer 1 Attention\nGPU: 2,3\nInput: [{{Heads}}]\nOutput: [{{Heads}}]"];
          ag    [shape=ellipse, label="Layer 1 All-Gather\nGPUs: 0-3\nInput: [{{Heads}}]\nOutput: [{{Tokens}}, heads=8, d_k=64]"];
          gate  [shape=parallelogram, label="Layer 1 Top-2 Routing\nGPUs: 0-3\nInput: [{{Hidden}}]\nOutput: [{{Tokens}}, top_k=2]"];
          exp0  [shape=box, label="Layer 1 Experts 0-7\nGPUs: 0-1\nInput: [{{Routed}}]\nOutput: [{{Routed}}]"];
          exp1  [shape=box, label="Layer 1 Experts 8-15\nGPUs: 2-3\nInput: [{{Routed}}]\nOutput: [{{Routed}}]"];
          agg   [shape=parallelogram, label="Layer 1 Expert Aggregation\nGPUs: 0-3\nInput: [{{Routed}}]\nOutput: [{{Hidden}}]"];
          out   [shape=box, label="Output\nGPUs: 0-3\nInput: [{{Hidden}}]\nOutput: [{{Hidden}}]"];
          in -> embed; embed -> qkv0; embed -> qkv1;
          qkv0 -> att0; qkv1 -> att1; att0 -> ag; att1 -> ag; ag -> gate;
          ag -> exp0; ag -> exp1;
          gate -> exp0 [style=dashed];
          gate -> exp1 [style=dashed];
          exp0 -> agg; exp1 -> agg; agg -> out;
        }
        """;

    [Fact]
    public void A_good_drawing_fails_nothing_and_tells_what_is_missing()
    {
        CheckReport report = CheckRunner.Run(Read(Good));
        Assert.True(report.Holds, string.Join('\n', report.Failures));
        Assert.Equal(["PD005", "PD006", "PD007", "PD010", "PD013", "PD014", "PD015", "PD016", "PD017", "PD023"],
            report.Results.Where(result => result.Status == CheckStatus.Skipped).Select(result => result.Id));
        Assert.All(report.Results.Where(result => result.Status == CheckStatus.Skipped),
            result => Assert.StartsWith("not checked: no ", result.Evidence, StringComparison.Ordinal));
        Assert.EndsWith("dimensions agree along 10 of 13 data edges", report.Find("PD005")!.Evidence, StringComparison.Ordinal);
        Assert.StartsWith("16 experts, each on exactly one of 2 groups", report.Find("PD008")!.Evidence, StringComparison.Ordinal);
        Assert.StartsWith("2 gate edges drawn dashed from 1 Top-k selection", report.Find("PD009")!.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PD001", "agg -> out;", "agg -> out; att1 -> qkv1;", "qkv1 (line 6)")]
    [InlineData("PD002", "agg -> out;",
        "agg -> out; embed -> lost; lost [shape=box, label=\"Layer 1 Norm\\nGPUs: 0\\nInput: [x=1]\\nOutput: [x=1]\"];", "lost")]
    [InlineData("PD003", "Layer 1 Attention\\nGPU: 0,1", "Layer 1 Attention", "att0 (line 7)")]
    [InlineData("PD003", "Layer 1 Attention\\nGPU: 0,1", "Layer 1 Attention\\nALL GPUs", "att0 (line 7) (ALL GPUs)")]
    [InlineData("PD003", "Layer 1 Attention\\nGPU: 0,1", "Layer 1 Attention\\nGPUs: all available", "att0 (line 7)")]
    [InlineData("PD004", "Layer 1 All-Gather\\nGPUs: 0-3\\nInput: [batch_size=4, seq_len=1024, heads=4, d_k=64]",
        "Layer 1 All-Gather\\nGPUs: 0-3", "ag (line 9)")]
    [InlineData("PD005", "Layer 1 Attention\\nGPU: 2,3\\nInput: [batch_size=4, seq_len=1024, heads=4, d_k=64]",
        "Layer 1 Attention\\nGPU: 2,3\\nInput: [batch_size=4, seq_len=1024, heads=8, d_k=64]", "qkv1 -> att1 (line 16)")]
    [InlineData("PD008", "Layer 1 Experts 8-15", "Layer 1 Experts 7-15", "exp1 (line 12)")]
    [InlineData("PD008", "Layer 1 Experts 8-15", "Layer 1 Experts 9-15", "1 expert without a home, the first is 8")]
    [InlineData("PD009", "gate -> exp1 [style=dashed];", "", "no gate edge to experts 8-15")]
    [InlineData("PD009", "gate -> exp1 [style=dashed];", "gate -> exp1;", "gate -> exp1 (line 19)")]
    [InlineData("PD011", "ag    [shape=ellipse", "ag    [shape=box", "ag (line 9)")]
    [InlineData("PD011", "exp0  [shape=box,", "exp0  [", "exp0 (line 11)")]
    public void One_change_breaks_one_rule(string rule, string from, string to, string witness)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        CheckResult result = RuleAssert.Fails(rule, Read(Good.Replace(from, to, StringComparison.Ordinal)));
        Assert.Contains(witness, result.Evidence, StringComparison.Ordinal);
        Assert.Equal("plan.dot", result.File);
        Assert.Equal(result.Nodes.Count, result.NodePositions.Count);
        Assert.Equal(result.Edges.Count, result.EdgePositions.Count);
    }

    [Fact]
    public void A_pipeline_edge_that_jumps_a_stage_breaks_PD007()
    {
        const string Staged =
            "digraph g { a [label=\"Stage 1 Attention\", shape=box]; b [label=\"Stage 2 Attention\", shape=box]; c [label=\"Stage 3 "
                + "Attention\", shape=box]; a -> b [label=\"pipeline\"]; b -> c [label=\"pipeline\"]; }";
        Assert.Equal("2 pipeline edges straight from a stage to the next",
            RuleAssert.Comes(CheckStatus.Pass, "PD007", Read(Staged)).Evidence);
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD007", Read(Staged.Replace("b -> c", "a -> c", StringComparison.Ordinal)));
        Assert.Equal(["a -> c"], result.Edges);
    }

    [Fact]
    public void Sends_and_receives_that_are_drawn_apart_must_pair_up()
    {
        const string Drawn = """
            digraph g {
              a [shape=box, label="Norm\nOutput: [hidden=8]"];
              s [shape=ellipse, label="Send\nInput: [hidden=8]\nOutput: [hidden=8]"];
              r [shape=ellipse, label="Recv\nInput: [hidden=8]\nOutput: [hidden=8]"];
              b [shape=box, label="Norm\nInput: [hidden=8]"];
              a -> s -> r -> b;
            }
            """;
        RuleAssert.Comes(CheckStatus.Pass, "PD007", Read(Drawn));
        Assert.Contains("sends to other than one receive: s (line 3) (0)",
            RuleAssert.Comes(CheckStatus.Fail, "PD007",
                Read(Drawn.Replace("a -> s -> r -> b", "a -> s -> b; a -> r -> b", StringComparison.Ordinal))).Evidence,
                    StringComparison.Ordinal);
        Assert.Contains("takes another size",
            RuleAssert.Comes(CheckStatus.Fail, "PD007",
                Read(Drawn.Replace("Recv\\nInput: [hidden=8]", "Recv\\nInput: [hidden=4]", StringComparison.Ordinal))).Evidence,
                    StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_that_enter_two_collectives_in_different_orders_deadlock()
    {
        string Ranks(string order1) => $$"""
            digraph g {
              x0 [shape=box, label="Compute\nGPU 0"]; x1 [shape=box, label="Compute\nGPU 1"];
              a0 [shape=ellipse, label="All-Reduce gradients\nGPU 0"]; a1 [shape=ellipse, label="All-Reduce gradients\nGPU 1"];
              b0 [shape=ellipse, label="All-Reduce norms\nGPU 0"]; b1 [shape=ellipse, label="All-Reduce norms\nGPU 1"];
              y [shape=box, label="Compute\nGPU 0-1"];
              x0 -> a0 -> b0 -> y;
              {{order1}};
            }
            """;
        CheckResult good = RuleAssert.Comes(CheckStatus.Pass, "PD012", Read(Ranks("x1 -> a1 -> b1 -> y")));
        Assert.Equal(
            "2 collectives of 1 GPU set, 4 nodes of single ranks merged into theirs: one order of the whole graph serves every member",
            good.Evidence);
        CheckResult bad = RuleAssert.Comes(CheckStatus.Fail, "PD012", Read(Ranks("x1 -> b1 -> a1 -> y")));
        Assert.Equal("2 collectives wait for each other: a0 (line 3) before b0 (line 4) on GPU 0, b1 (line 4) before a1 (line 3) on GPU 1",
            bad.Evidence);
        Assert.Equal(["a0", "a1", "b0", "b1"], bad.Nodes.Order(StringComparer.Ordinal));
        Assert.Equal(CheckStatus.Pass, RuleAssert.Comes(CheckStatus.Pass, "PD001", Read(Ranks("x1 -> b1 -> a1 -> y"))).Status);
    }

    [Theory]
    [InlineData("AllReduce_a (rank 0)", "AllReduce_a (rank 1)")]
    [InlineData("All-Reduce a GPU0", "All-Reduce a GPU1")]
    [InlineData("All-Reduce a", "All-Reduce a")]
    public void Nodes_of_one_collective_are_known_by_their_name_rank_numbers_aside(string first, string second)
    {
        Dag dag = Read(
            $"digraph g {{ a [shape=ellipse, label=\"{first}\\nGPU 0\"]; b [shape=ellipse, label=\"{second}\\nGPU 1\"]; a -> b }}");
        Assert.Contains("1 collective wait", RuleAssert.Comes(CheckStatus.Fail, "PD012", dag).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_groups_that_overlap_in_a_ring_deadlock_too()
    {
        // Each pair shares one GPU only: GPU 0 enters ab before ca, GPU 1 bc before ab, GPU 2 ca before bc.
        const string Drawn = """
            digraph g {
              ab0 [shape=ellipse, label="All-Reduce ab\nGPU 0"]; ab1 [shape=ellipse, label="All-Reduce ab\nGPU 1"];
              bc1 [shape=ellipse, label="All-Reduce bc\nGPU 1"]; bc2 [shape=ellipse, label="All-Reduce bc\nGPU 2"];
              ca2 [shape=ellipse, label="All-Reduce ca\nGPU 2"]; ca0 [shape=ellipse, label="All-Reduce ca\nGPU 0"];
              ab0 -> ca0; bc1 -> ab1; ca2 -> bc2;
            }
            """;
        Assert.Contains("3 collectives wait for each other", RuleAssert.Comes(CheckStatus.Fail, "PD012", Read(Drawn)).Evidence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_numbers_end_in_a_line_and_not_in_memory()
    {
        const string Drawn = """
            digraph g {
              g [label="Gate", shape=box, op=gate, phase=prefill, layer=1, output="[experts=9000000000000000000]"];
              e [label="Experts 0-99999999", shape=box, op=experts, phase=prefill, layer=1, experts="0-99999999", gpus="0",
                 input="[experts=9000000000000000000, tokens=9000000000000000000]"];
              d [label="Dispatch", shape=ellipse, op=dispatch, phase=prefill, layer=1, gpus="0-1000",
                 input="[batch_size=9000000000000000000, top_k=9000000000000000000]",
                 output="[experts=9000000000000000000, tokens=9000000000000000000]"];
              g -> d -> e;
            }
            """;
        CheckReport report = CheckRunner.Run(Read(Drawn));
        Assert.Equal(CheckStatus.Fail, report.Find("PD008")!.Status);
    }

    private static Dag Read(string text) => DotReader.Read(text, "plan.dot");
}
