using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>Communication that a reader of a drawing misses, and beside each kind what is drawn rightly.</summary>
public class DrawnMovementTests
{
    private static CheckResult Run(string dot) => RuleText.Of(DotReader.Read(dot, "plan.dot"), "PD022");

    private static void Passes(string dot) => Assert.True(Run(dot) is { Status: CheckStatus.Pass }, Run(dot).ToString());

    private static string Fails(string dot, string words)
    {
        CheckResult result = Run(dot);
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains(words, result.Evidence, StringComparison.Ordinal);
        return result.Evidence;
    }

    /// <summary>Two attention ranks, a collective, a consumer on both.</summary>
    private static string Joined(string collective, string sources = "0,1", string edges = "a -> c; b -> c", string after = "0,1") =>
        $$"""
        digraph {
          a [label="Attention rank 0\nGPU: {{sources.Split(',')[0]}}"]; b [label="Attention rank 1\nGPU: {{sources.Split(',')[1]}}"];
          c [shape=ellipse, label="{{collective}}"]; d [label="Norm\nGPUs: {{after}}"];
          {{edges}}; c -> d
        }
        """;

    [Theory]
    [InlineData("All-Reduce")]
    [InlineData("All-Gather")]
    [InlineData("Reduce-Scatter")]
    public void Every_member_of_a_collective_hands_in_a_part(string name)
    {
        Passes(Joined(name + "\\nGPUs: 0-1"));
        string line = Fails(
            Joined(name + "\\nGPUs: 0-1", edges: "a -> c; a -> b"), "1 node with members that nothing feeds: c (line 3) (GPU 1: lead");
        Assert.Contains("a -> b", line, StringComparison.Ordinal);
        Fails(Joined(name + "\\nGPUs: 0-3", after: "0-3"), "GPUs 2-3: lead what they compute into it, or leave them out of it");
    }

    [Theory]
    [InlineData("All-to-All\\nGPUs: 0-3", "0-3")]
    [InlineData("All-to-All\\nGPUs 0-1 → GPUs 2-3", "2-3")]
    [InlineData("All-Gather\\nGPUs 0-1 → GPUs 2-3", "2-3")]
    public void An_exchange_also_brings_data_to_members_that_had_none(string collective, string after) =>
        Passes(Joined(collective, after: after));

    [Fact]
    public void An_exchange_holds_nobody_who_neither_gives_nor_takes() =>
        Fails(Joined("All-to-All\\nGPUs: 0-5", after: "0-3"), "GPUs 4-5: lead what they compute into it");

    [Theory]
    [InlineData("e [label=\"Attention\"]; e -> c")]
    [InlineData("i [label=\"Input\\nGPU: 0\"]; i -> c")]
    [InlineData("x [shape=ellipse, label=\"Send\\nGPU: 0\"]; x -> c")]
    public void What_tells_no_GPUs_or_comes_from_outside_may_feed_all_members(string source) =>
        Passes(Joined("All-Reduce\\nGPUs: 0-1", edges: "a -> c; b -> d; " + source));

    [Fact]
    public void A_collective_with_a_node_for_each_rank_is_fed_rank_by_rank() => Passes("""
        digraph {
          a [label="MLP\nGPU: 0"]; b [label="MLP\nGPU: 1"]; x [shape=ellipse, label="All-Reduce\nGPU: 0"];
          y [shape=ellipse, label="All-Reduce\nGPU: 1"]; c [label="Norm\nGPU: 0"]; d [label="Norm\nGPU: 1"];
          a -> x -> c; b -> y -> d
        }
        """);

    private const string Gated = """
        digraph {
          g [shape=parallelogram, label="Expert Gate\nGPU: 0"]; e [label="Expert 0\nGPU: 0"]; f [label="Expert 1\nGPU: 1"];
          g -> e [style=dashed]; g -> f [style=dashed]
        }
        """;

    [Fact]
    public void Tokens_that_come_along_with_the_choice_alone_need_an_exchange()
    {
        Fails(
            Gated, "1 edge that takes data to other GPUs without communication: g -> f (line 3) "
                + "(GPU 0 to GPU 1: add an All-to-All over GPUs 0-1)");
        Passes(Gated.Replace("\n}", """
             d [shape=ellipse, label="All-to-All\nGPUs: 0-1"]; g -> d; d -> e; d -> f
            }
            """, StringComparison.Ordinal));
        Passes(Gated.Replace("Expert 1\\nGPU: 1", "Expert 1\\nGPU: 0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_movement_is_told_once()
    {
        string line = Fails(
            "digraph { a [label=\"MLP\\nGPUs: 0-3\"]; b [label=\"Norm\\nGPUs: 4-7\"]; a -> b }", "1 edge that takes data to other GPUs");
        Assert.DoesNotContain("no producer has", line, StringComparison.Ordinal);
    }

    private static string Block(string part, string cluster = "Layer 0", string next = "r") => $$"""
        digraph {
          subgraph cluster_0 { label="{{cluster}}"; p [label="{{part}}\nGPUs: 0-3"]; r [label="Residual Add\nGPUs: 0-3"] }
          c [shape=ellipse, label="All-Reduce\nGPUs: 0-3"]; p -> {{next}} -> r
        }
        """.Replace("r -> r", "r", StringComparison.Ordinal);

    [Theory]
    [InlineData("Output Projection (TP=4)", "Layer 0")]
    [InlineData("Output Proj", "Stage 0 (TP=4, EP=4)")]
    [InlineData("MLP Linear2 (Row)", "Layer 0")]
    [InlineData("FFN Down\\nRow Parallel", "Layer 0")]
    [InlineData("Layer 0 FFN\\n4-way tensor parallel", "Layer 0")]
    public void Partial_sums_of_tensor_parallelism_meet_in_a_collective(string part, string cluster)
    {
        Fails(
            Block(part, cluster),
            "that takes the partial sums of tensor parallelism: r (line 2) (add an All-Reduce over GPUs 0-3 between p");
        Passes(Block(part, cluster, "c"));
    }

    [Theory]
    [InlineData("Output Projection", "Layer 0")]
    [InlineData("Output Projection (TP=1)", "Layer 0")]
    [InlineData("FFN", "Stage 0 (TP=4)")]
    [InlineData("MLP Linear1 (Column)\\nTP=4", "Layer 0")]
    [InlineData("MLP GELU (TP=4)", "Layer 0")]
    [InlineData("QKV Projection (TP=4)", "Layer 0")]
    public void What_owes_no_sum_or_does_not_say_how_it_is_split_needs_none(string part, string cluster) => Passes(Block(part, cluster));

    [Fact]
    public void Partial_sums_of_ranks_drawn_apart_are_found_too()
    {
        const string Ranks = """
            digraph {
              a [label="Output Proj (TP=2)\nGPU: 0"]; b [label="Output Proj (TP=2)\nGPU: 1"]; r [label="Residual Add\nGPUs: 0-1"];
              a -> r; b -> r
            }
            """;
        Fails(Ranks, "add an All-Reduce over GPUs 0-1 between a");
        Passes(Ranks.Replace("a -> r;", "a -> r [label=\"All-Reduce\"];", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Attn TP0")]
    [InlineData("Rotary")]
    [InlineData("Positional Encoding")]
    public void What_computes_under_another_name_is_held_to_its_GPUs(string name) => Fails(
        $"digraph {{ a [label=\"{name}\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; a -> b }}", "takes data to other GPUs");

    [Theory]
    [InlineData("Expert A2A")]
    [InlineData("All2All")]
    [InlineData("TP All-Reduce")]
    public void Communication_may_stand_on_an_edge(string label) =>
        Passes($"digraph {{ a [label=\"MLP\\nGPU: 0\"]; b [label=\"Expert 0\\nGPU: 1\"]; a -> b [label=\"{label}\"] }}");
}
