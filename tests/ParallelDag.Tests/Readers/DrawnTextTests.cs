using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

/// <summary>Facts as people write them into labels, ids and clusters.</summary>
public class DrawnTextTests
{
    [Theory]
    [InlineData("MLP\nGPU-0", "0")]
    [InlineData("MLP\nGPU_1", "1")]
    [InlineData("MLP\nGPU: gpu_2", "2")]
    [InlineData("Device: GPU_3\nMLP", "3")]
    [InlineData("MLP_GPU4", "4")]
    [InlineData("MLP\nGPU: GPU-6, GPU-7", "6-7")]
    [InlineData("MLP\nGPU: GPU-4,\nGPU-5", "4-5")]
    [InlineData("MLP\nGPUs: [8, 9]", "8-9")]
    [InlineData("MLP\nGPU: [0,1] → [4,5]", "0-1,4-5")]
    [InlineData("MLP\nGPU 10 & 11", "10-11")]
    [InlineData("MLP\nGPU: 12→13", "12-13")]
    [InlineData("MLP\nGPU: 0↔1", "0-1")]
    [InlineData("MLP\nGPU: 0 <-> 1", "0-1")]
    [InlineData("MLP\nGPU: 31->32", "31-32")]
    [InlineData("MLP\nGPUs: 0-7 → 8-15", "0-15")]
    [InlineData("MLP\nGPU 7 → All GPUs 8-15", "7-15")]
    [InlineData("MLP\nRank 14", "14")]
    [InlineData("MLP\ncuda:15", "15")]
    [InlineData("MLP\nGPU(16)", "16")]
    [InlineData("MLP @GPU17", "17")]
    [InlineData("MLP\nGPU: 18/19", "18-19")]
    [InlineData("MLP\nGPU: 20+21", "20-21")]
    [InlineData("MLP\nGPU: 22;23", "22-23")]
    [InlineData("MLP\nGPUs 24 and 25", "24-25")]
    [InlineData("MLP\nGPUs 0, 2, and 4", "0,2,4")]
    [InlineData("MLP\nGPU: All GPUs 0-7", "0-7")]
    [InlineData("MLP\nGPU: Each GPU 0-7 gets 1/8th", "0-7")]
    [InlineData("GPU 0, 8 experts", "0")]
    [InlineData("GPU 0: Layers 0-1", "0")]
    [InlineData("GPU 3 - Attention", "3")]
    [InlineData("Route to GPU 8\nGPU: 0", "0")]
    [InlineData("Input: [gpus=4, batch=2]\nGPU: 1", "1")]
    [InlineData("Send GPU 0 to GPU 4", "0,4")]
    [InlineData("All-Reduce GPU 0 to GPU 4", "0-4")]
    [InlineData("GPU 0→1→2→...→15→0", "0-15")]
    [InlineData("GPU 0→1→3→...→14→0", null)]
    [InlineData("GPU 0 → all GPUs", null)]
    [InlineData("GPUs 0-12 step 4", null)]
    [InlineData("GPU: 0_1", null)]
    [InlineData("GPU 0-N", null)]
    [InlineData("GPU: 4*i", null)]
    [InlineData("GPUs 2i and 2i+1", null)]
    [InlineData("GPU: All 16", null)]
    [InlineData("All 128 GPUs", null)]
    [InlineData("GPU Group 0", null)]
    [InlineData("TP rank 1", null)]
    [InlineData("lora_rank=16", null)]
    [InlineData("Total GPUs: 16", null)]
    [InlineData("Number of GPUs: 8", null)]
    [InlineData("8-way GPU 4-way", null)]
    [InlineData("GPU Utilization: 50%", null)]
    [InlineData("GPUs: per EP group", null)]
    [InlineData("GPUs: stage0→stage1", null)]
    public void GPUs_in_every_spelling_whole_or_not_at_all(string label, string? gpus) =>
        Assert.Equal(gpus, DotReader.Read($"digraph {{ a [label={DotText.Value(label)}] }}").Node(0).Gpus?.ToString());

    [Theory]
    [InlineData("layer0_mlp_gpu5", "5")]
    [InlineData("comm_gpu0_gpu1", "0-1")]
    [InlineData("MHA_GPU0", "0")]
    [InlineData("gpu0_1", null)]
    [InlineData("gpus", null)]
    public void GPUs_in_ids(string id, string? gpus) =>
        Assert.Equal(gpus, DotReader.Read($"digraph {{ {id} [label=MLP] }}").Node(0).Gpus?.ToString());

    [Fact]
    public void What_a_node_does_not_say_its_id_or_its_clusters_say()
    {
        Dag dag = DotReader.Read(
            """
            digraph {
              subgraph cluster_0 { label="Pipeline Stage 0 (Layers 0-3)\nGPUs 0-3"
                a [label="MLP"];
                layer2_mlp_gpu1 [label="MLP"];
                b [label="MLP\nGPU: Host"];
              }
              subgraph cluster_1 { label="Pipeline Stage 1: Layer 4 (GPUs 4-7)"; c [label="MLP"];
                send [label="Pipeline Send\nTo Stage 2"]; }
              d [label="MLP\nGPU 5"]; e [label="MLP\nGPU 3,4"];
            }
            """);
        DagNode Node(string id) => dag.FindNode(id)!.Value;
        Assert.Equal(("0-3", 0, null), (Node("a").Gpus?.ToString(), Node("a").Stage, Node("a").Layer));
        Assert.Equal(("1", 0, 2), (Node("layer2_mlp_gpu1").Gpus?.ToString(), Node("layer2_mlp_gpu1").Stage, Node("layer2_mlp_gpu1").Layer));
        Assert.Equal((null, 0), (Node("b").Gpus, Node("b").Stage));
        Assert.Equal(("4-7", 1, 4), (Node("c").Gpus?.ToString(), Node("c").Stage, Node("c").Layer));
        Assert.Equal(1, Node("send").Stage);
        Assert.Equal((1, null), (Node("d").Stage, Node("e").Stage));
    }

    [Theory]
    [InlineData("In: [b=1, s=2]\nOut: [b=3]", "[b=1, s=2]", "[b=3]")]
    [InlineData("Q: [b=1]\nK: [b=2]\nV: [b=2]\nOutput: [b=3]", "Q [b=1]; K [b=2]; V [b=2]", "[b=3]")]
    [InlineData("Q=[b=1], K,V=[b=2]\nOutput: [b=3]", "Q [b=1]; K,V [b=2]", "[b=3]")]
    [InlineData("Output: Q [b=1]; K [b=2]", "", "Q [b=1]; K [b=2]")]
    [InlineData("Split in: 4 parts\nOutput: [b=3]", "", "[b=3]")]
    [InlineData("Input: [b=1, seq_len=10,240, h=64]\nOutput: [b=3]", "[b=1, seq_len=10240, h=64]", "[b=3]")]
    public void Dimensions_in_other_words(string label, string input, string output)
    {
        DagNode node = DotReader.Read($"digraph {{ a [label={DotText.Value(label)}] }}").Node(0);
        Assert.Equal((input, output), (node.Input.ToString(), node.Output.ToString()));
    }

    [Theory]
    [InlineData("Experts 0-3", "0-3")]
    [InlineData("Expert 5 Up-Proj", "5")]
    [InlineData("Experts 0,1", "0-1")]
    [InlineData("Expert_7", "7")]
    [InlineData("Experts 8-63 (56 experts)", "8-63")]
    [InlineData("Experts (4/16)", null)]
    [InlineData("Experts: 8", null)]
    [InlineData("8 experts", null)]
    [InlineData("Shared Expert 0", null)]
    [InlineData("Expert Parallel", null)]
    public void Experts_by_number_not_by_count(string label, string? experts) =>
        Assert.Equal(experts, DotReader.Read($"digraph {{ a [label=\"{label}\"] }}").Node(0).Experts);

    [Theory]
    [InlineData("Layer 0 Attention", 0, null)]
    [InlineData("Layers 8-15", null, "8-15")]
    [InlineData("Layers: 4", null, null)]
    [InlineData("Send to Layer 1", null, null)]
    [InlineData("Layer 1\\nSame structure as Layer 0", 1, null)]
    public void Layers(string label, int? layer, string? layers)
    {
        DagNode node = DotReader.Read($"digraph {{ a [label=\"{label}\"] }}").Node(0);
        Assert.Equal((layer, layers), (node.Layer, node.Layers));
    }

    [Theory]
    [InlineData("Stage 0 -> Stage 1", 0)]
    [InlineData("From Stage 0 to Stage 1", 0)]
    [InlineData("Receive from Stage 0", null)]
    [InlineData("PIPELINE STAGE 3", 3)]
    public void Stages(string label, int? stage) =>
        Assert.Equal(stage, DotReader.Read($"digraph {{ a [label=\"{label}\"] }}").Node(0).Stage);

    [Theory]
    [InlineData("Add\\nInput 1: [b=1]\\nInput 2: [b=1]\\nOutput: [b=1]", "[b=1]; [b=1]", "[b=1]")]
    [InlineData("Add\\nInput: [b=1, h=2] x 2\\nOutput: 2×[b=1]", "[b=1, h=2]", "[b=1]")]
    [InlineData("Attention\\nInput: Q=[b=1], K,V=[b=2]\\nOutput: [b=1]", "Q [b=1]; K,V [b=2]", "[b=1]")]
    [InlineData("Attention\\nInput: Q[b=1]\\n  K[b=2]\\n  V[b=2]\\nOutput: [b=1]\\nGPU: [0,1]", "Q [b=1]; K [b=2]; V [b=2]", "[b=1]")]
    [InlineData("Expert\\nInput: [tokens_per_expert, h=2]\\nOutput: [tokens=varies, h=2] per expert", "[tokens_per_expert=?, h=2]",
        "[tokens=?, h=2]")]
    [InlineData("MLP\\n[b=8, h=4]→[b=8, h=2]", "[b=8, h=4]", "[b=8, h=2]")]
    [InlineData("MLP\\n[b=8→4, h=2→2]", "[b=8, h=2]", "[b=4, h=2]")]
    [InlineData("MLP\\nInput: [128, 4096]\\nOutput: [128, 4096]", "[128, 4096]", "[128, 4096]")]
    [InlineData("Model Input\\n[b=8, h=4]", "[b=8, h=4]", "[b=8, h=4]")]
    [InlineData("MLP\\n[b=8, h=4]", "", "")]
    public void Dimensions(string label, string input, string output)
    {
        DagNode node = DotReader.Read($"digraph {{ a [label=\"{label}\"] }}").Node(0);
        Assert.Equal((input, output), (node.Input.ToString(), node.Output.ToString()));
    }

    [Theory]
    [InlineData("GPU 8\\nExpert Communication", "Expert Communication")]
    [InlineData("GPU: INPUT\\nInput Layer", "Input Layer")]
    [InlineData("GPU 8", "GPU 8")]
    public void The_name_is_the_first_line_that_says_more_than_GPUs(string label, string name) =>
        Assert.Equal(name, DotReader.Read($"digraph {{ a [label=\"{label}\"] }}").Node(0).Name);

    [Fact]
    public void A_dashed_edge_is_a_gate_edge_only_at_a_gate_or_an_expert()
    {
        Dag dag = DotReader.Read(
            """
            digraph {
              in [label="Input"]; gate [label="Expert Gate"]; split [label="Token Split"]; e [label="Expert 0"]; add [label="Residual Add"];
              in -> add [style=dashed]; gate -> split [style=dashed]; split -> e [style=dashed];
              e -> add [style=dashed]; gate -> add [style=dashed, label="residual"]
            }
            """);
        Assert.Equal(
            [("in -> add", EdgeKind.Data), ("gate -> split", EdgeKind.Gate), ("gate -> add", EdgeKind.Data), ("split -> e", EdgeKind.Gate),
                ("e -> add", EdgeKind.Data)],
            dag.Edges.Select(edge => (edge.ToString(), edge.Kind)));
    }

    [Fact]
    public void Shell_comments_and_ports_of_records_are_no_text()
    {
        Dag dag =
            DotReader.Read("digraph {\n  # a comment\n a [shape=record, label=\"{<f0> one|<f1> GPU: 0}\"]  # and so on\n a:f0 -> b }");
        Assert.Equal(("one", "0"), (dag.Node(0).Name, dag.Node(0).Gpus?.ToString()));
        Assert.Equal(["a -> b"], dag.Edges.Select(edge => edge.ToString()));
    }

    [Fact]
    public void Legends_titles_and_notes_are_remarks()
    {
        Dag dag = DotReader.Read(
            """
            digraph {
              subgraph cluster_legend { label="Legend"; l1 [label="Communication"]; l2 [label="Attention"]; l1 -> l2 }
              title [label="My deployment"]; note [shape=note, label="Dimensions: batch 4, GPU 0"];
              lost [label="MLP"]; bare; a [label="QKV"]; a -> b
            }
            """);
        Assert.Equal(["l1", "l2", "title", "note"], dag.Nodes.Where(node => node.GetDrawing()!.IsRemark).Select(node => node.Id));
        Assert.Equal(["l1", "l2", "title", "note"],
            JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(dag))).Nodes.Where(node =>
                node.GetDrawing()!.IsRemark).Select(node => node.Id));
    }
}
