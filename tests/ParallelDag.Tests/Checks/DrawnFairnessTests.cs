using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>What people draw and no rule of the document forbids; and beside each kind a true fault that must still be found.</summary>
public class DrawnFairnessTests
{
    private static CheckResult Run(string id, string dot) => RuleText.Of(DotReader.Read(dot, "plan.dot"), id);

    private static void Passes(string id, string dot) => Assert.True(Run(id, dot) is { Status: CheckStatus.Pass }, Run(id, dot).ToString());

    private static void Fails(string id, string dot, string words)
    {
        CheckResult result = Run(id, dot);
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains(words, result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a [label=\"MLP\\nGPU: All GPUs 0-7\"]")]
    [InlineData("a [label=\"Input\\nGPU: Host\"]; b [label=\"Output\\nDevice: CPU\"]")]
    [InlineData("subgraph cluster_0 { label=\"GPU 0\"; a [label=\"MLP\"] }")]
    public void PD003_takes_every_way_of_naming_GPUs(string nodes) => Passes("PD003", $"digraph {{ {nodes} }}");

    [Theory]
    [InlineData("a [label=\"MLP\\nGPU: All 128 GPUs\"]", "vague wording in place of GPU numbers: a (line 1) (GPU: All)")]
    [InlineData("a [label=\"MLP\\nAll 32 GPUs\"]", "vague wording")]
    [InlineData("a [label=\"MLP\\nGPU: Host\"]", "without GPUs: a (line 1) (GPU: Host)")]
    [InlineData("a [label=\"MLP\\nGPU: 0, 4, ..., 61\"]", "cannot be read to the end: a (line 1) (GPU: 0, 4, ..., 61)")]
    [InlineData("a [label=\"MLP\\nGPUs: per TP group\"]", "without GPUs")]
    public void PD003_says_what_stands_in_place_of_numbers(string nodes, string words) => Fails("PD003", $"digraph {{ {nodes} }}", words);

    [Fact]
    public void Rules_pass_over_remarks_and_name_rows_of_the_whole_drawing()
    {
        const string Drawing = """
            digraph {
              title [label="My deployment"];
              subgraph cluster_l { label="Legend"; l1 [label="Communication", shape=ellipse]; l2 [label="Computation"]; l1 -> l2 }
              in [label="Input\nGPU 0\n[b=1]"]; a [label="MLP\nGPU 0\nInput: [b=1]\nOutput: [b=1]"]; out [label="Output\nGPU 0\n[b=1]"];
              in -> a -> out
            }
            """;
        Passes("PD002", Drawing);
        Passes("PD003", Drawing);
        Passes("PD004", Drawing);
        CheckResult result = Run("PD002", Drawing.Replace("in -> a -> out", "in -> a; in -> out", StringComparison.Ordinal));
        Assert.Equal(["a"], result.Nodes);
        Assert.Equal([4], result.NodeIndices);
        Assert.Equal(4, result.NodePositions[0].Line);
        Fails("PD002", Drawing.Replace("title [label=\"My deployment\"];", "lost [label=\"MLP\"];", StringComparison.Ordinal), "lost");
    }

    [Fact]
    public void What_is_invisible_holds_others_in_place_and_carries_nothing()
    {
        const string Drawing = """
            digraph {
              space [style=invis]; a [label="Norm\nGPU: 0"]; b [label="QKV\nGPU: 0"]; c [label="Norm\nGPU: 1"]; d [label="QKV\nGPU: 1"];
              a -> b; c -> d; a -> c [style=invis]; space -> a [style="invis"]
            }
            """;
        Passes("PD003", Drawing);
        Passes("PD022", Drawing);
        Fails("PD022", Drawing.Replace("a -> c [style=invis]", "a -> c", StringComparison.Ordinal), "1 edge that takes data to other GPUs");
        Fails("PD001", Drawing.Replace("a -> b;", "a -> b -> a;", StringComparison.Ordinal), "cycle of 2 nodes");
    }

    [Fact]
    public void PD004_reads_tensors_behind_short_keys() =>
        Passes("PD004", "digraph { a [label=\"QKV\\nIn: [b=1]\\nOut: Q [b=1]; K [b=1]; V [b=1]\"]; "
            + "b [label=\"Attention\\nIn: Q: [b=1]\\nOut: [b=1]\"] }");

    [Fact]
    public void PD005_finds_a_consumer_that_takes_more_than_a_producer_of_several_has()
    {
        const string Drawing = """
            digraph { a [label="Add\nInput: [h=4]\nOutput: [h=4]"]; b [label="Norm\nInput: [h=2]\nOutput: [h=2]"];
              c [label="Norm\nInput: [h=2]\nOutput: [h=2]"]; a -> b; a -> c }
            """;
        Assert.Equal(CheckStatus.Skipped, Run("PD005", Drawing).Status);
        Fails("PD005", Drawing.Replace("Input: [h=2]", "Input: [h=8]", StringComparison.Ordinal), "takes other dimensions");
    }

    [Fact]
    public void PD009_holds_each_selection_to_what_most_of_its_like_reach()
    {
        string experts = string.Join(' ', Enumerable.Range(0, 3).Select(i => $"e{i} [label=\"Expert {i}\\nGPU: {i}\"];"));
        string Selections(Func<int, int, bool> joined) => string.Join(' ', Enumerable.Range(0, 3).Select(i =>
            $"t{i} [label=\"Top-2 Selection (rank {i})\\nGPU: {i}\", shape=parallelogram]; "
            + string.Join(' ', Enumerable.Range(0, 3).Where(k => joined(i, k)).Select(k => $"t{i} -> e{k} [style=dashed];"))));
        Passes("PD009", $"digraph {{ {experts} {Selections((_, _) => true)} }}");
        Passes("PD009", $"digraph {{ {experts} {Selections((i, k) => i == k)} }}");
        Fails("PD009", $"digraph {{ {experts} {Selections((i, k) => (i, k) != (1, 2))} }}", "no gate edge to experts 2");
    }

    [Theory]
    [InlineData("a [label=\"Input\", shape=ellipse]; b [label=\"Model Output\", shape=parallelogram]; c [label=\"MLP\", shape=box]")]
    [InlineData(
        "a [label=\"Expert Dispatch\", shape=ellipse]; b [label=\"Expert Combine\", shape=parallelogram]; "
        + "c [label=\"Route to Expert 3\", shape=ellipse]")]
    [InlineData(
        "a [label=\"Expert Gate\", shape=box]; b [label=\"Gate Network\", shape=parallelogram]; "
        + "c [label=\"Residual Add\", shape=parallelogram]")]
    [InlineData(
        "a [label=\"Aggregate from Expert 0\", shape=ellipse]; b [label=\"Collect Expert Outputs\", shape=parallelogram]; "
        + "c [label=\"Expert Assignment\", shape=parallelogram]")]
    [InlineData("a [label=\"SP GATHER\", shape=ellipse]; b [label=\"Concat & Linear\", shape=box]; c [label=\"Add+Norm\", shape=box]")]
    public void PD011_leaves_the_choice_that_the_document_leaves(string nodes) => Passes("PD011", $"digraph {{ {nodes} }}");

    [Theory]
    [InlineData("All-Reduce", "parallelogram", "drawn as parallelogram though communication is an ellipse")]
    [InlineData("Expert Aggregation", "box", "drawn as box though aggregation is a parallelogram")]
    [InlineData("Top-2 Selection", "ellipse", "drawn as ellipse though routing is a parallelogram")]
    [InlineData("Q Proj (1/8)", "ellipse", "drawn as ellipse though computation is a box")]
    [InlineData("Expert Dispatch", "box", "drawn as box though communication is an ellipse or a parallelogram")]
    [InlineData("Residual Add", "oval", "drawn as oval though computation is a box or a parallelogram")]
    [InlineData("Expert Gate", "diamond", "drawn as diamond though computation is a box or a parallelogram")]
    public void PD011_names_a_shape_that_says_something_else(string name, string shape, string words) =>
        Fails("PD011", $"digraph {{ a [label=\"{name}\", shape={shape}] }}", words);

    [Fact]
    public void PD007_takes_a_lone_send_between_stages_for_both_ends()
    {
        const string Drawing = """
            digraph {
              subgraph cluster_0 { label="Stage 0"; a [label="MLP\nGPU 0"]; }
              s [shape=ellipse, label="Pipeline Send\nGPU: 0 → 1"];
              subgraph cluster_1 { label="Stage 1"; b [label="MLP\nGPU 1"]; }
              subgraph cluster_2 { label="Stage 2"; c [label="MLP\nGPU 2"]; }
              a -> s -> b
            }
            """;
        Passes("PD007", Drawing);
        Passes("PD007", Drawing.Replace("Pipeline Send", "Pipeline Communication", StringComparison.Ordinal));
        Fails("PD007", Drawing.Replace("a -> s -> b", "a -> s -> c", StringComparison.Ordinal),
            "joins stages which are not consecutive: s (line 3) (stage 0 to stage 2)");
        Fails("PD007", Drawing.Replace("a -> s -> b", "a -> s", StringComparison.Ordinal), "sends to nobody: s");
        Fails("PD007", Drawing.Replace("a -> s -> b", "a -> b", StringComparison.Ordinal), "leaves a stage without being sent");
    }

    [Fact]
    public void PD007_leaves_what_happens_to_an_output_to_the_world_outside() => Passes(
        "PD007",
        "digraph { a [label=\"Stage 0 MLP\"]; s [label=\"Pipeline Send to Stage 1\", shape=ellipse]; b [label=\"Stage 1 MLP\"]; "
        + "o [label=\"Output\\nStage 1\"]; c [label=\"Stage 0 DP Communication\", shape=ellipse]; a -> s -> b -> o -> c }");

    [Fact]
    public void PD007_takes_a_pipeline_label_on_the_way_into_a_transfer()
    {
        const string Drawing = """
            digraph {
              a [label="Stage 1 MLP"]; s [shape=ellipse, label="Pipeline Communication Stage 1 to Stage 2"]; b [label="Stage 2 MLP"];
              a -> s [label=pipeline]; s -> b [label=pipeline]
            }
            """;
        Passes("PD007", Drawing);
        Fails("PD007", Drawing.Replace("Stage 2 MLP", "Stage 3 MLP", StringComparison.Ordinal), "not consecutive");
    }

    [Fact]
    public void PD007_does_not_hold_what_is_sent_inside_a_layer_to_the_pipeline()
    {
        Assert.Equal(
            CheckStatus.Skipped,
            Run("PD007",
                "digraph { k [label=\"K Projection\\nGPU 0\"]; s [shape=ellipse, label=\"Send KV\\nGPU 0\"]; "
                + "r [shape=ellipse, label=\"Recv KV\\nGPU 0\"]; k -> s; r -> k }").Status);
    }

    [Fact]
    public void PD007_is_skipped_where_the_drawing_tells_no_second_stage()
    {
        CheckResult result = Run("PD007", "digraph { a [label=\"Stage 1 Attention\"]; b [label=MLP]; a -> b }");
        Assert.Equal(CheckStatus.Skipped, result.Status);
        Assert.Contains("second stage", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Experts 1-2", "Experts 3-4")]
    [InlineData("Experts 0-1", "Experts 2-3")]
    [InlineData("Expert 32", "Expert 33")]
    public void PD008_counts_experts_from_any_number(string first, string second) =>
        Passes("PD008",
            $$"""
            digraph { subgraph cluster_0 { label="Layer 0"; g [label="Gate"]; a [label="{{first}}"]; b [label="{{second}}"];
            g -> a; g -> b } }
            """);

    [Theory]
    [InlineData("Experts 0-1", "Experts 3-4", "1 expert without a home, the first is 2")]
    [InlineData("Experts 0-1", "Experts 1-2", "experts that have another home")]
    public void PD008_finds_gaps_and_doubles(string first, string second, string words) =>
        Fails("PD008", $$"""digraph { subgraph cluster_0 { label="Layer 0"; a [label="{{first}}"]; b [label="{{second}}"]; a -> b } }""",
            words);

    private const string Moe = """
        digraph {
          in [label="Layer 0 Norm"]; gate [shape=parallelogram, label="Layer 0 Expert Gate"];
          route [shape=ellipse, label="Layer 0 Token Routing"]; e0 [label="Layer 0 Expert 0"]; e1 [label="Layer 0 Expert 1"];
          add [label="Layer 0 Residual Add"];
          in -> gate; in -> add [style=dashed]; gate -> route [style=dashed]; route -> e0; route -> e1; e0 -> add; e1 -> add
        }
        """;

    [Fact]
    public void PD009_follows_the_choice_through_routers_and_leaves_residuals_alone()
    {
        Passes("PD009", Moe);
        Passes("PD009",
            Moe.Replace("gate -> route [style=dashed]", "gate -> route", StringComparison.Ordinal).Replace("\"Layer 0 Token Routing\"",
                "\"Layer 0 Token Routing\", style=dashed", StringComparison.Ordinal));
        Fails("PD009", Moe.Replace("gate -> route [style=dashed]", "gate -> route", StringComparison.Ordinal),
            "1 node whose choice of experts is not drawn dashed: gate (line 2) (experts 0-1");
        Fails("PD009",
            Moe.Replace("shape=ellipse, label=\"Layer 0 Token Routing\"", "shape=parallelogram, label=\"Layer 0 Token Routing\"",
                StringComparison.Ordinal)
            .Replace("gate -> route [style=dashed]", "gate -> route", StringComparison.Ordinal),
                "2 edges of a gate not drawn dashed: route -> e0");
        Fails("PD009", Moe.Replace("route -> e1;", "", StringComparison.Ordinal), "no gate edge to experts 1");
    }

    [Theory]
    [InlineData(
        "a [shape=ellipse, label=\"Route to GPU 0\"]; e [shape=box, label=\"Expert 0\\nGPU: 0\"]; "
        + "b [shape=ellipse, label=\"Route to GPU 8\"]; a -> e -> b")]
    [InlineData("a [shape=ellipse, label=\"LAYER4_ALLREDUCE\\nGPU: 4\"]; b [shape=ellipse, label=\"LAYER5_ALLREDUCE\\nGPU: 5\"]; a -> b")]
    [InlineData(
        "a [shape=ellipse, label=\"GPU 8\\nExpert Communication\"]; b [shape=ellipse, label=\"GPU 0\\nData Parallel All-Reduce\"]; a -> b")]
    [InlineData(
        "a [shape=ellipse, label=\"Inter-GPU Comm\\nGPU: 1\"]; m [label=MLP]; "
        + "b [shape=ellipse, label=\"Inter-GPU Comm\\nGPU: 5\"]; a -> m -> b")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce\\nGPU: 0\"]; m [label=MLP]; b [shape=ellipse, label=\"All-Reduce\\nGPU: 1\"]; a -> m -> b")]
    public void PD012_parts_what_is_no_single_collective(string drawing) => Passes("PD012", $"digraph {{ {drawing} }}");

    [Theory]
    [InlineData("a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; a -> b [label=\"PP Comm\"]")]
    [InlineData("a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; a -> b [label=\"TP All-Reduce\"]")]
    [InlineData("a [label=\"MLP\\nGPU: 0\"]; s [shape=ellipse, label=\"Pipeline Send\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; a -> s -> b")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-1\"]; s [shape=ellipse, label=\"Inter-GPU Comm\\nGPU: 0-1\"]; b [label=\"MLP\\nGPU: 2\"]; a -> s -> b")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; s [shape=parallelogram, label=\"Split Input\\nGPU: 0-1\"]; b [label=\"MLP\\nGPU: 1\"]; a -> s -> b")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; x [shape=ellipse, label=\"All-to-All\\nGPU 0\"]; "
        + "y [shape=ellipse, label=\"All-to-All\\nGPU 1\"]; c [label=\"MLP\\nGPU: 0\"]; a -> x -> c; b -> y -> c")]
    [InlineData(
        "a [label=\"Attention TP0\\nGPU: 0\\nOutput: [b=1, heads=8]\"]; b [label=\"Attention TP1\\nGPU: 1\\nOutput: [b=1, heads=8]\"]; "
        + "o [label=\"Output Projection\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o")]
    [InlineData(
        "a [label=\"Heads 0-3\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Heads 4-7\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; "
        + "o [label=\"Output Projection\\nGPU: 0\\nInput: [b=1, heads=8]\"]; a -> o; b -> o")]
    public void PD022_takes_every_way_of_drawing_communication(string drawing) => Passes("PD022", $"digraph {{ {drawing} }}");

    [Theory]
    [InlineData("a [label=\"MLP\\nGPU: 0\"]; b [label=\"MLP\\nGPU: 1\"]; a -> b", "takes data to other GPUs without communication")]
    [InlineData(
        "a [label=\"Expert 0\\nGPU: 1\"]; b [label=\"Expert Aggregation\\nGPU: 0\"]; a -> b",
        "takes data to other GPUs without communication")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-7\"]; s [shape=ellipse, label=\"Pipeline Communication\\nGPU: 31->32\"]; "
        + "b [label=\"MLP\\nGPU: 32\"]; a -> s -> b",
        "communication does not hold the GPUs of its other end: a -> s")]
    [InlineData(
        "a [label=\"MLP\\nGPU: 0-7\"]; s [shape=ellipse, label=\"Pipeline Communication\\nGPU: 7->8\"]; "
        + "b [label=\"MLP\\nGPU: 8-15\"]; a -> s -> b",
        "which no producer has on its GPUs: b (line 1) (GPUs 9-15")]
    [InlineData(
        "a [label=\"Attention TP0\\nGPU: 0\\nOutput: [b=1, heads=4]\"]; b [label=\"Attention TP1\\nGPU: 1\\nOutput: [b=1, heads=4]\"]; "
        + "o [label=\"Output Projection\\nGPU: 0-1\\nInput: [b=1, heads=8]\"]; a -> o; b -> o",
        "heads=8 of 2 parts: add an All-Gather over GPUs 0-1 before it")]
    public void PD022_finds_communication_that_is_missing(string drawing, string words) =>
        Fails("PD022", $"digraph {{ {drawing} }}", words);

    [Theory]
    [InlineData("q [label=\"Q Projection\"]; k [label=\"K_Projection_0\"]; a [label=\"Attention\"]; q -> a; k -> a")]
    [InlineData("q [label=\"MHA Q/K/V Proj\"]; a [label=\"MHA Attention\"]; q -> a")]
    [InlineData("q [label=\"QKV Linear\"]; a [label=\"MHA\"]; q -> a; a -> o; o [label=\"Output Projection\"]")]
    public void PD026_knows_the_words_of_attention(string drawing) => Passes("PD026", $"digraph {{ {drawing} }}");

    [Fact]
    public void PD026_wants_more_than_one_node_for_attention()
    {
        Fails("PD026", "digraph { a [label=\"Layer 0 Attention\"]; b [label=\"Layer 0 MLP\"]; a -> b }", "without a projection");
        string alone = "digraph { a [label=\"Layer 16\"]; o [label=\"Output Projection\"]; a -> o }";
        Assert.Equal(CheckStatus.Skipped, Run("PD026", alone).Status);
    }

    [Fact]
    public void PD024_does_not_take_a_node_without_a_micro_batch_for_the_first() =>
        Assert.NotEqual(CheckStatus.Fail, Run("PD024", "digraph { a [label=\"MLP\"]; b [label=\"Send\\nMicro-batch 1\"]; a -> b }").Status);

    [Fact]
    public void PD002_takes_the_largest_part_for_the_drawing()
    {
        CheckResult result = Run(
            "PD002", "digraph { lost [label=\"MLP\"]; a [label=Input]; b [label=MLP]; c [label=Output]; a -> b -> c }");
        Assert.Contains("1 node in a part of its own: lost", result.Evidence, StringComparison.Ordinal);
        Assert.Equal(["lost"], result.Nodes);
    }

    [Fact]
    public void PD004_takes_the_one_shape_of_an_input_of_a_part_for_both()
    {
        const string Drawing = "digraph { i [label=Input]; a [label=\"GPU 0 Input\\n[b=8, d=512]\"]; i -> a }";
        Assert.Equal(["i"], Run("PD004", Drawing).Nodes);
        Assert.Equal(["i", "a"], Run("PD004", Drawing.Replace("GPU 0 Input", "MLP", StringComparison.Ordinal)).Nodes);
    }

    [Fact]
    public void PD009_names_the_gates_that_lead_to_the_experts()
    {
        const string Drawing = """
            digraph { router [label="Global Router", shape=parallelogram]; n [label="Norm"]; g [label="Expert Gate", shape=parallelogram];
              d [label="Token Dispatch", shape=ellipse]; e [label="Expert 0"]; f [label="Expert 1"]; router -> n -> g -> d; d -> e; d -> f }
            """;
        Assert.Equal(["g"], Run("PD009", Drawing).Nodes);
        Passes("PD009", Drawing.Replace("g -> d", "g -> d [style=dashed]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("box", "drawn as box though communication is an ellipse")]
    [InlineData("ellipse", null)]
    public void PD011_takes_a_line_that_begins_with_a_collective_for_what_the_node_does(string shape, string? words)
    {
        string drawing = $"digraph {{ a [shape={shape}, label=\"Tensor Parallel\\nAll-reduce within\\nGPUs 0-3\"] }}";
        if (words is null)
            Passes("PD011", drawing);
        else
            Fails("PD011", drawing, words);
        Passes("PD011", "digraph { a [shape=box, label=\"Attention\\nAll-Reduce follows\"] }");
    }

    [Theory]
    [InlineData("Layer 0\\nAttention+Expert")]
    [InlineData("Stage 1, Layer 4\\nAttention & MLP")]
    [InlineData("Attention and MoE")]
    public void PD026_reads_a_name_behind_the_layer_and_each_of_several(string label) =>
        Fails("PD026", $"digraph {{ a [label=\"{label}\"] }}", "of attention without a projection");

    private const string Residual = """
        digraph { a [label="Norm"]; b [label="Attention"]; r [label="Residual Add 1"]; c [label="MLP"]; s [label="Add & Norm"];
          a -> b -> r -> c -> s; a -> r; r -> s }
        """;

    [Fact]
    public void PD016_finds_a_residual_add_with_one_producer()
    {
        Passes("PD016", Residual);
        Fails("PD016", Residual.Replace("a -> r; ", "", StringComparison.Ordinal),
            "1 node of a residual add with one producer: r (line 1) (only b (line 1): add the edge of the stream around the block)");
        Fails("PD016", Residual.Replace("; r -> s", "", StringComparison.Ordinal), "s (line 1) (only c");
    }

    [Theory]
    [InlineData("Residual Stream", "")]
    [InlineData("Position Add", "")]
    [InlineData("Residual Add", "[style=dotted]")]
    [InlineData("Residual Add", "[label=\"layers 1-14\"]")]
    public void PD016_leaves_alone_what_adds_no_residual_or_leaves_layers_out(string name, string edge) =>
        Passes("PD016", Residual.Replace("}", $"x [label=\"{name}\"]; s -> x {edge} }}", StringComparison.Ordinal));
}
