using ParallelDag.Graphs;
using ParallelDag.Readers;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

public sealed class DotReaderTests
{
    [Fact]
    public void What_we_write_comes_back_byte_for_byte()
    {
        string text = DotWriter.ToText(FileSamples.Generated());
        Assert.Equal(text, DotWriter.ToText(DotReader.Read(text)));
    }

    [Fact]
    public void Every_fact_of_a_node_and_an_edge_comes_back()
    {
        Dag before = FileSamples.Generated(), after = DotReader.Read(DotWriter.ToText(before), "sample.dot");
        Assert.Equal(before.NodeCount, after.NodeCount);
        Assert.Equal(before.EdgeCount, after.EdgeCount);
        foreach (DagNode node in before.Nodes)
        {
            DagNode read = after.FindNode(node.Id)!.Value;
            Assert.Equal(FactsOnly(before.FactsOf(node.Index)), FactsOnly(after.FactsOf(read.Index)));
            Assert.Equal(before.ScopeOf(node.Index), after.ScopeOf(read.Index));
            Assert.Equal(node.Gpus, read.Gpus);
            Assert.Equal(
                node.GetOutEdges().Select(edge => (edge.GetTarget().Id, edge.Kind, edge.Label, edge.Bytes)),
                read.GetOutEdges().Select(edge => (edge.GetTarget().Id, edge.Kind, edge.Label, edge.Bytes)));
        }

        Assert.Equal(JsonWriter.ToText(before).Split("\"nodes\"")[0], JsonWriter.ToText(after).Split("\"nodes\"")[0]);

        static NodeFacts FactsOnly(NodeFacts facts) => facts with { IdStem = "", Shard = "", Drawing = null };
    }

    [Fact]
    public void No_text_breaks_out_of_its_place()
    {
        foreach (string text in FileSamples.Hostile())
        {
            string dot = DotWriter.ToText(FileSamples.WithText(text));
            Dag read = DotReader.Read(dot);
            Assert.Equal(text, read.Name);
            Assert.Equal([text, text + "2"], read.Nodes.Select(node => node.Id));
            Assert.Equal(text, read.Node(0).Name);
            Assert.Equal((text, text, text), (read.Node(1).Experts, read.Node(1).InputPlacement, read.Node(0).Layers));
            Assert.Equal(text.Replace('\r', ' '), read.Edge(0).Label);
            Assert.Equal(dot, DotWriter.ToText(read));
        }
    }

    [Fact]
    public void Nodes_and_edges_know_their_lines()
    {
        Dag dag = DotReader.Read("digraph {\n  a -> b;\n  b [label=B];\n\n  b -> {c\n d} -> e }", "x.dot");
        Assert.Equal("x.dot", dag.Source!.File);
        Assert.Equal(
            ["a 2:3", "b 3:3", "c 5:9", "d 6:2", "e 6:8"],
            dag.Nodes.Select(node => $"{node.Id} {dag.Source!.Nodes[node.Index].Line}:{dag.Source!.Nodes[node.Index].Column}"));
        Assert.Equal(
            ["a -> b 2:3", "b -> c 5:3", "b -> d 5:3", "c -> e 5:8", "d -> e 5:8"],
            dag.Edges.Select(edge => $"{edge} {dag.Source!.Edges[edge.Index].Line}:{dag.Source!.Edges[edge.Index].Column}"));
    }

    [Fact]
    public void A_foreign_drawing_tells_what_its_labels_shapes_and_styles_tell()
    {
        const string Hidden = "batch_size=4, seq_len=10240, hidden=512";
        Dag dag = DotReader.Read(
            $$"""
            // drawn by hand
            digraph LLM {
                node [shape=box]
                subgraph cluster_1 { label = "Prefill: Stage 2 (GPUs 16-31)"
                    qkv [label="QKV Projection\nGPU 16-19\nINPUT DIMENSION: [{{Hidden}}]\nOUTPUT DIMENSION: Q [heads=?], K [heads=2]"];
                    ag [shape=ellipse, label="All-Gather\nLayer 5\nGPUs: 16,17, 20\nInput: [a=1], Output: [a=2]"];
                    subgraph cluster_2 { label="Layer 6"; route [shape=parallelogram label=<<b>Expert Routing</b><br/>GPU: 16 to 18>] }
                }
                e [label="Experts 0-3\lALL GPUs\l"]
                mystery [label="Box 9"]; circle [shape=circle, label="?"]
                qkv -> ag -> route
                route -> e [style=dashed]
                ag -> e [label="pipeline stage 2 to 3"]; ag -> mystery [label="KV cache"]
            }
            """,
            "hand.dot");
        Assert.Equal("LLM", dag.Name);
        Assert.Empty(dag.Phases);
        Assert.Null(dag.Pool);

        DagNode qkv = dag.FindNode("qkv")!.Value;
        Assert.Equal(("QKV Projection", NodeKind.Computation, "qkv_projection"), (qkv.Name, qkv.Kind, qkv.Op));
        Assert.Equal("16-19", qkv.Gpus!.ToString());
        Assert.Equal("[batch_size=4, seq_len=10240, hidden=512]", qkv.Input.ToString());
        Assert.Equal("Q [heads=?]; K [heads=2]", qkv.Output.ToString());
        Assert.Equal((PhaseKind.Prefill, 2, null), (qkv.Phase, qkv.Stage, qkv.Layer));
        Assert.Equal(("box", null, KindSource.Label), (qkv.GetDrawing()!.Shape, qkv.GetDrawing()!.Style, qkv.GetDrawing()!.KindSource));

        DagNode gather = dag.FindNode("ag")!.Value;
        Assert.Equal((NodeKind.Communication, CollectiveKind.AllGather, 5), (gather.Kind, gather.Collective, gather.Layer));
        Assert.Equal("16-17,20", gather.Gpus!.ToString());
        Assert.Equal(("[a=1]", "[a=2]"), (gather.Input.ToString(), gather.Output.ToString()));

        DagNode route = dag.FindNode("route")!.Value;
        Assert.Equal((NodeKind.Routing, 2, 6, "Expert Routing\nGPU: 16 to 18"),
            (route.Kind, route.Stage, route.Layer, route.GetDrawing()!.Label));
        Assert.Equal("16-18", route.Gpus!.ToString());

        DagNode experts = dag.FindNode("e")!.Value;
        Assert.Null(experts.Gpus);
        Assert.Equal(("0-3", "Experts 0-3\nALL GPUs\n"), (experts.Experts, experts.GetDrawing()!.Label));
        Assert.Equal((null, null, true), (experts.Phase, experts.Stage, experts.GetInputTensors().IsEmpty));
        Assert.Equal(KindSource.Shape, dag.FindNode("mystery")!.Value.GetDrawing()!.KindSource);
        Assert.Equal((NodeKind.Communication, KindSource.Shape),
            (dag.FindNode("circle")!.Value.Kind, dag.FindNode("circle")!.Value.GetDrawing()!.KindSource));

        Assert.Equal(
            [("qkv -> ag", EdgeKind.Data, ""), ("ag -> route", EdgeKind.Data, ""), ("ag -> e", EdgeKind.Pipeline, ""),
                ("ag -> mystery", EdgeKind.Kv, ""), ("route -> e", EdgeKind.Gate, "dashed")],
            dag.Edges.Select(edge => (edge.ToString(), edge.Kind, edge.GetStyle()!)));
        Assert.Equal(Lines(dag), Lines(DotReader.Read(DotWriter.ToText(FileSamples.Copied(dag)))));

        static IEnumerable<string> Lines(Dag dag) =>
            JsonWriter.ToText(dag).Split('\n').Select(line => line.TrimEnd(',')).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_backslash_in_a_shape_or_a_style_does_not_breed()
    {
        string once = Anew("""digraph { a [shape="b\\\\x", style="d\\o\\\\"]; a -> a [style="\\\\"] }""");
        Assert.Equal(once, Anew(once));

        static string Anew(string dot) => DotWriter.ToText(FileSamples.Copied(DotReader.Read(dot)));
    }

    [Theory]
    [InlineData("GPU 0-15", "0-15")]
    [InlineData("GPUs: 0,1,2", "0-2")]
    [InlineData("GPU0, GPU1,GPU 4", "0-1,4")]
    [InlineData("gpus [0-3]", "0-3")]
    [InlineData("GPU IDs: 3", "3")]
    [InlineData("Attention (GPU 8–11)", "8-11")]
    [InlineData("Send GPU 0-3 to GPUs 4-7", "0-7")]
    [InlineData("Devices: 0..3", "0-3")]
    [InlineData("GPUs: 0, 4, ..., 60", "0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60")]
    [InlineData("GPU 0 → 1 → 2 → … → 15 → 0", "0-15")]
    [InlineData("GPUs: 0, 4, ..., 61", null)]
    [InlineData("GPUs: 0, ..., 60", null)]
    [InlineData("GPUs: 0, 1, ...", null)]
    [InlineData("GPU: 64 GPUs", null)]
    [InlineData("#GPUs: 8", null)]
    [InlineData("All GPUs", null)]
    [InlineData("64 GPUs\n4 stages", null)]
    [InlineData("GPU 7-3", null)]
    [InlineData("GPU 99999999999999999999", null)]
    [InlineData("GPUs: 0-1048576", null)]
    [InlineData("on every device", null)]
    public void Gpus_are_read_from_labels_only_when_they_are_named(string label, string? gpus)
    {
        Dag dag = DotReader.Read($"digraph {{ a [label={DotText.Value(label)}] }}");
        Assert.Equal(gpus, dag.Node(0).Gpus?.ToString());
    }

    [Theory]
    [InlineData("Pipeline Send/Recv", NodeKind.Communication)]
    [InlineData("TP All Reduce", NodeKind.Communication)]
    [InlineData("SP SPLIT", NodeKind.Routing)]
    [InlineData("SP GATHER", NodeKind.Aggregation)]
    [InlineData("Top-2 Selection", NodeKind.Routing)]
    [InlineData("MLP Gate", NodeKind.Computation)]
    [InlineData("Expert Dispatch", NodeKind.Communication)]
    [InlineData("Expert Combine", NodeKind.Communication)]
    [InlineData("Route to Expert 3", NodeKind.Routing)]
    [InlineData("Routed Experts", NodeKind.Computation)]
    [InlineData("Aggregate from Expert 0", NodeKind.Aggregation)]
    [InlineData("QKV Projection (TP split)", NodeKind.Computation)]
    [InlineData("Q Proj (1/8)", NodeKind.Computation)]
    [InlineData("ExpertGate", NodeKind.Computation)]
    [InlineData("PP Comm", NodeKind.Communication)]
    [InlineData("Expert Aggregation", NodeKind.Aggregation)]
    [InlineData("LayerNorm", NodeKind.Computation)]
    [InlineData("Output Projection", NodeKind.Computation)]
    [InlineData("Model Input", NodeKind.Input)]
    [InlineData("Output", NodeKind.Output)]
    public void Kinds_are_read_from_names(string name, NodeKind kind)
    {
        DagNode node = DotReader.Read($"digraph {{ a [label=\"{name}\"] }}").Node(0);
        Assert.Equal((kind, KindSource.Label), (node.Kind, node.GetDrawing()!.KindSource));
    }

    [Theory]
    [InlineData("graph { a -- b }", "1:1: this graph is undirected")]
    [InlineData("", "there is no graph")]
    [InlineData("// nothing", "there is no graph")]
    [InlineData("digraph {} digraph {}", "1:12: a second graph")]
    [InlineData("digraph {\n a -- b }", "2:4: '--' is an edge without direction")]
    [InlineData("digraph { a -> }", "1:16: expected a node or a subgraph, found '}'")]
    [InlineData("digraph { a ", "1:9: this '{' is never closed")]
    [InlineData("digraph { a [label=\"x] }", "1:20: this string is never closed")]
    [InlineData("digraph { a [label=<x<b>] }", "1:20: this HTML string is never closed")]
    [InlineData("digraph { a [label=x", "1:13: this '[' is never closed")]
    [InlineData("digraph { a [bold] }", "1:18: expected '=' and a value for 'bold', found ']'")]
    [InlineData("digraph { /* a }", "1:11: this comment is never closed")]
    [InlineData("digraph { subgraph node { } }", "expected '{', found the keyword 'node'")]
    [InlineData("digraph { a$b }", "1:12: '$' has no meaning here")]
    [InlineData("digraph { a [color=#ff0000] }", "1:20: '#' has no meaning here; put names with special characters in double quotes")]
    [InlineData("hello", "1:1: expected 'digraph', found 'hello'")]
    [InlineData("digraph { schema=\"paralleldag.graph/2\" }", "the schema 'paralleldag.graph/2' is not known")]
    public void Faults_name_their_place_and_the_way_out(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => DotReader.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_in_place_of_GPU_numbers_name_none_even_in_a_file_of_ours()
    {
        string text = DotWriter.ToText(FileSamples.Generated()).Replace("gpus=\"4-7\"", "gpus=\"ALL GPUs\"", StringComparison.Ordinal);
        Assert.Contains(DotReader.Read(text).Nodes, node => node.Gpus is null);
    }

    [Theory]
    [InlineData("kind=computation", "kind=calculation", "kind=calculation of node")]
    [InlineData("op=top_k", "op=top_kay", "'top_kay' is no operator")]
    [InlineData(", layer=1", ", layer=70000", "layer=70000 of node")]
    [InlineData("stage=1", "stage=-1", "stage=-1 of node")]
    [InlineData("gpus=\"0-3\"", "gpus=\"3-0\"", "gpus=\"3-0\" of node")]
    [InlineData("members=4", "members=9223372036854775808", "members=9223372036854775808 of node")]
    [InlineData("flops=79228162514264337593543950335", "flops=\"1e99\"", "flops=1e99 of node")]
    [InlineData("kind=gate", "kind=door", "kind=door of this edge")]
    [InlineData("bytes=16", "bytes=many", "bytes=many of this edge")]
    [InlineData("pool=\"0-7\"", "pool=\"0-7-8\"", "the graph's pool holds '0-7-8'")]
    [InlineData("tp=2 sp=1", "tp=2 tp=1", "the graph's prefill_axes holds 'tp=1'")]
    [InlineData("1 layers 1-1 gpus 0-3;", "1 layers 1 gpus 0-3;", "the graph's prefill_stages holds '1 layers 1 gpus 0-3'")]
    [InlineData("decode_ranks=\"4-5,0-1\"", "decode_ranks=\"0-1048575,0-1048575\"", "the graph's decode_ranks holds '0-1048575'")]
    [InlineData("weights=1 kv=2", "weights=1 kv=x", "the graph's memory holds")]
    [InlineData("prefill_s1_input -> prefill_l1_top_k", "prefill_s1_input -> typo", "the node 'typo' stands in an edge only")]
    public void A_file_of_ours_is_read_strictly(string good, string bad, string message)
    {
        string text = DotWriter.ToText(FileSamples.Generated());
        string broken = text.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(text, broken);
        Assert.Contains(message, Assert.Throws<InputException>(() => DotReader.Read(broken, "x.dot")).Message, StringComparison.Ordinal);
    }
}
