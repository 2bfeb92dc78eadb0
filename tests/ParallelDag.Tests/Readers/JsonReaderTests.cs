using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

public sealed class JsonReaderTests
{
    private static readonly string Sample = JsonWriter.ToText(FileSamples.Generated());

    [Fact]
    public void What_we_write_comes_back_byte_for_byte() => Assert.Equal(Sample, JsonWriter.ToText(Read(Sample)));

    [Fact]
    public void Every_text_comes_back()
    {
        foreach (string text in FileSamples.Hostile())
        {
            string json = JsonWriter.ToText(FileSamples.WithText(text));
            Assert.Equal(json, JsonWriter.ToText(Read(json)));
        }
    }

    [Theory]
    [InlineData("2e-06")]
    [InlineData("2E-6")]
    [InlineData("0.0000020")]
    public void Numbers_that_a_program_wrote_again_in_its_own_way_are_the_same(string latency)
    {
        string json = JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference)));
        Assert.Contains("\"domainLatency\":0.000002,", json, StringComparison.Ordinal);
        string again = json.Replace("\"domainLatency\":0.000002,", $"\"domainLatency\":{latency},", StringComparison.Ordinal);
        Dag read = Read(again);
        Assert.Equal(2e-6, read.Header.Cluster!.IntraNode.Latency);
        if (latency.Contains('e', StringComparison.OrdinalIgnoreCase))
            Assert.Equal(json, JsonWriter.ToText(read));
    }

    [Fact]
    public void A_drawing_keeps_its_looks()
    {
        Dag drawn = DotReader.Read(
            "digraph { a [label=<<b>x</b>>, style=dotted] b [label=\"\\N \\\\\", shape=box] a -> b [style=dashed]; a -> b }");
        Dag read = Read(JsonWriter.ToText(drawn));
        Assert.Equal(drawn.Nodes.Select(node => node.GetDrawing()), read.Nodes.Select(node => node.GetDrawing()));
        Assert.Equal(["dashed", ""], read.Edges.Select(edge => edge.GetStyle()));
        Assert.Equal(DotWriter.ToText(FileSamples.Copied(drawn)), DotWriter.ToText(read));
    }

    [Fact]
    public void A_label_that_no_DOT_file_can_hold_does_not_break_out()
    {
        const string Json = """
            { "schema": "paralleldag.graph/1", "name": "n", "nodes": [
            { "id": "a", "kind": "input", "drawing": { "rawLabel": "x\\" } },
            { "id": "b", "kind": "input", "drawing": { "rawLabel": ">]; evil [a=<", "isHtml": true } } ], "edges": [] }
            """;
        Dag read = DotReader.Read(DotWriter.ToText(Read(Json)));
        Assert.Equal(["a", "b"], read.Nodes.Select(node => node.Id));
        Assert.Equal(["x\\", ">]; evil [a=<"], read.Nodes.Select(node => node.GetDrawing()!.Label));
    }

    [Fact]
    public void Nodes_and_edges_know_their_lines()
    {
        Dag dag = Read(
            "{\n\"schema\": \"paralleldag.graph/1\", \"name\": \"é\",\n \"nodes\": [ {\"id\":\"é\",\"kind\":\"input\"}, "
                + "{\"id\":\"b\",\n\"kind\":\"output\"}],\n\"edges\":[\n{\"source\":\"é\",\"target\":\"b\"}] }");
        Assert.Equal([new TextPosition(3, 13), new TextPosition(3, 40)], dag.Source!.Nodes);
        Assert.Equal([new TextPosition(6, 1)], dag.Source!.Edges);
    }

    [Theory]
    [InlineData("\"gpus\":\"all GPUs\"")]
    [InlineData("\"gpus\":null,\"input\":null,\"output\":null")]
    public void A_node_may_lack_what_rules_of_presence_ask_for(string facts)
    {
        DagNode node = Read("{\"schema\": \"paralleldag.graph/1\", \"name\": \"x\", \"nodes\": [{\"id\":\"a\",\"kind\":\"input\"," + facts
            + "}], \"edges\": []}").Node(0);
        Assert.Null(node.Gpus);
        Assert.True(node.GetInputTensors().IsEmpty && node.GetOutputTensors().IsEmpty);
    }

    [Theory]
    [InlineData("\"paralleldag.graph/1\"", "\"paralleldag.graph/2\"",
        "2:11: the schema 'paralleldag.graph/2' is not known here; known is 'paralleldag.graph/1'")]
    [InlineData("\"name\": \"sample-plan\",\n", "", "\"name\" is missing in the graph")]
    [InlineData("\"id\":\"prefill_l1_top_k\",", "", "\"id\" is missing in a node")]
    [InlineData("\"id\":\"prefill_l1_top_k\"", "\"id\":\"prefill_s1_input\"", "the id 'prefill_s1_input' belongs to an earlier node")]
    [InlineData("\"target\":\"prefill_l1_top_k\"", "\"target\":\"nowhere\"", "'target' must be the id of a node, found \"nowhere\"")]
    [InlineData("\"kind\":\"routing\"", "\"kind\":\"Routing\"",
        "'kind' must be one of computation, communication, routing, aggregation, input, output, found \"Routing\"")]
    [InlineData("\"kind\":\"routing\",", "", "\"kind\" is missing in a node")]
    [InlineData("\"kind\":\"gate\"", "\"kind\":null", "'kind' must be a string, found null")]
    [InlineData("\"op\":\"top_k\"", "\"op\":\"topk\"", "'op' must be an operator of the vocabulary")]
    [InlineData("\"phase\":\"decode\"", "\"phase\":7", "'phase' must be a string, found 7")]
    [InlineData("\"stage\":2", "\"stage\":65537", "'stage' must be an integer from 0 to 65536 in plain digits, found 65537")]
    [InlineData("\"stage\":2", "\"stage\":2.0", "'stage' must be an integer from 0 to 65536 in plain digits, found 2.0")]
    [InlineData("\"stage\":2", "\"stage\":-1", "'stage' must be an integer")]
    [InlineData("\"members\":4", "\"members\":9223372036854775808", "'members' must be an integer")]
    [InlineData("\"flops\":79228162514264337593543950335", "\"flops\":79228162514264337593543950336",
        "'flops' must be an integer from 0 to 2^96-1")]
    [InlineData("\"flops\":79228162514264337593543950335", "\"flops\":1e3", "'flops' must be an integer from 0 to 2^96-1")]
    [InlineData("\"bytes\":16", "\"bytes\":null", "'bytes' must be an integer")]
    [InlineData("\"rate\":\"8-bit\"", "\"rate\":\"8\"", "'rate' must be one of 16-bit, 8-bit, 4-bit, 32-bit, found \"8\"")]
    [InlineData("\"domain\":2", "\"domain\":0", "'domain' of the cluster does not fit a cluster")]
    [InlineData("\"domain\":2", "\"domain\":-2", "'domain' must be a number that is not negative, found -2")]
    [InlineData("\"domain\":2,", "", "\"domain\" is missing in the cluster")]
    [InlineData("\"pool\":\"disaggregated\"", "\"pool\":\"two\"", "'pool' of the cluster does not fit a cluster")]
    [InlineData("\"gpus\":\"4-7\"", "\"gpus\":\"7-4\"", "'gpus' must be a set of GPUs below 1048576 such as 0-1,4-5, found \"7-4\"")]
    [InlineData("\"gpus\":\"4-7\"", "\"gpus\":\"0-2147483646,4\"", "'gpus' must be a set of GPUs")]
    [InlineData("\"tp\":2,", "\"tp\":0,", "'tp' must be an integer from 1 to 65536 in plain digits, found 0")]
    [InlineData("\"tp\":2,\"sp\"", "\"tp\":2,\"tp\"", "the axis 'tp' stands twice")]
    [InlineData("[\"tp\",\"sp\",", "[\"tp\",\"tp\",", "'order' must name axes of this phase, each once")]
    [InlineData("\"name\":\"decode\"", "\"name\":\"prefill\"", "the phase 'prefill' stands twice")]
    [InlineData("{\"index\":2,", "{\"index\":1,", "the stage 1 stands twice")]
    [InlineData("\"rankGpus\":[4,", "\"rankGpus\":[-4,", "'rankGpus' must be an integer from 0 to 1048575")]
    [InlineData("\"experts\":\"0-3\"", "\"experts\":\"0-3\",\"experts\":null", "'experts' stands twice in a node")]
    [InlineData("\"experts\":\"0-3\"", "\"expert\":\"0-3\"", "'expert' is no property of a node; known are id, name,")]
    [InlineData("\"label\":\"KV cache\"", "\"label\":\"\\ud800\"", "this string is not valid Unicode")]
    [InlineData("\"label\":\"KV cache\"", "\"label\":\"a\\u0000b\"", "this string holds the character U+0000")]
    [InlineData("\"label\":\"KV cache\"", "\"label\":\"KV cache\" // no comments", "this is not JSON")]
    [InlineData("\"microBatch\":0,", "\"microBatch\":[[[[0]]]],",
        "'microBatch' must be an integer from 0 to 2147483647 in plain digits, found an array")]
    public void Faults_name_their_place_and_the_way_out(string good, string bad, string message)
    {
        int at = Sample.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0);
        string broken = string.Concat(Sample.AsSpan(0, at), bad, Sample.AsSpan(at + good.Length));
        InputException fault = Assert.Throws<InputException>(() => Read(broken));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.True(fault.Problems.Single().Position.Line > 0);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData("", "1:1: this is not JSON")]
    [InlineData("[]", "1:1: 'the file' must be an object, found an array")]
    [InlineData("{}", "\"schema\" is missing in the graph")]
    [InlineData("{\"schema\":\"paralleldag.graph/1\",\"name\":\"a\",\"nodes\":[],\"edges\":[]} x", "1:67: this is not JSON")]
    public void Other_texts_are_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Endless_lists_of_tensors_are_refused()
    {
        string endless = string.Concat(Enumerable.Repeat("[a=1];", 100_000));
        Assert.Contains("'input' must be a list of tensors",
            Assert.Throws<InputException>(() =>
                Read(Sample.Replace("\"input\":\"\"", $"\"input\":\"{endless}\"", StringComparison.Ordinal))).Message,
                    StringComparison.Ordinal);
        Assert.Contains("1:11: the tensors of node 'a' take more than",
            Assert.Throws<InputException>(() => DotReader.Read($"digraph {{ a [input=\"{endless}\"] }}")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Sample.Replace("KV cache", "Caché", StringComparison.Ordinal));
        Assert.Contains("not valid Unicode", Assert.Throws<InputException>(() => JsonReader.Read(bytes)).Message, StringComparison.Ordinal);
    }

    private static Dag Read(string text) => JsonReader.Read(Encoding.UTF8.GetBytes(text));
}
