using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Tests.Writers;

namespace ParallelDag.Tests.Readers;

public sealed class DotParserTests
{
    /// <summary>Texts beside what Graphviz's <c>gc -n -e</c> counts in them.</summary>
    public static TheoryData<string, int, int> Texts => new()
    {
        { "digraph { a -> b -> c }", 3, 2 },
        { "strict digraph { a -> b; a -> b; b -> a }", 2, 2 },
        { "digraph { a -> b; a -> b }", 2, 2 },
        { "strict graph { a -- b; b -- a }", 2, 1 },
        { "digraph { a -> {b c} -> {d; e} }", 5, 6 },
        { "digraph { {a b} -> {} ; c }", 3, 0 },
        { "digraph { a, b -> c, d }", 4, 4 },
        { "digraph { subgraph A {a} subgraph A {b} subgraph A {} -> c }", 3, 2 },
        { "digraph { subgraph A {a {b -> c} } subgraph A {c} -> d }", 4, 4 },
        { "digraph { a -> b [key=1]; a -> b [key=1]; a -> b [key=2]; a -> b }", 2, 3 },
        { "DiGraph \"x\" + \"y\" { NODE [shape=box] Edge[w=1] GRAPH[a=b] a:p:n -> b:s; c = d }", 2, 1 },
        { "digraph { 1.2.3 -> 5a -> -.5 }", 5, 2 },
        { "digraph { \"a\\\"b\" -> \"a\\\nb\" -> ab }", 2, 2 },
        { "digraph { <a> -> <<b>x</b>> }", 2, 1 },
        { "# line\ndigraph {\n#c a\n a // b\n /* c\n*/ d }", 2, 0 },
        { "digraph { 层 -> \"é\" -> é_1 }", 3, 2 },
        { "digraph { a [label=x, shape=box; b=c d=\"e\" + \"f\"][g=h] }", 1, 0 },
        { "digraph {}", 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void The_whole_language_is_understood(string text, int nodes, int edges)
    {
        DotGraph graph = DotParser.Parse(text).Single();
        Assert.Equal((nodes, edges), (graph.Nodes.Count, graph.Edges.Count));
    }

    [GraphvizFact]
    public void Graphviz_counts_the_same()
    {
        foreach (TheoryDataRow<string, int, int> row in Texts)
            Assert.Equal($"{row.Data.Item2} {row.Data.Item3}", Count(row.Data.Item1));
    }

    [Fact]
    public void Defaults_hold_from_where_they_stand_to_the_end_of_their_braces()
    {
        DotGraph graph = DotParser.Parse(
            "digraph { a; node [shape=box] b { node [shape=ellipse] c; b } d; "
                + "node [style=dashed] e [shape=oval] edge [style=bold] a -> b "
                + "{ edge [style=dotted] b -> c } c -> d [style=solid] }").Single();
        Assert.Equal(
            ["a: ", "b: box", "c: ellipse", "d: box", "e: oval"],
            graph.Nodes.Select(node => $"{node.Id}: {node.Attributes[DotAttribute.Shape]?.Text}"));
        Assert.Equal("dashed", graph.Nodes[4].Attributes[DotAttribute.Style]?.Text);
        Assert.Equal(["bold", "dotted", "solid"], graph.Edges.Select(edge => edge.Attributes[DotAttribute.Style]?.Text));
    }

    [Fact]
    public void Strings_keep_every_backslash_but_that_before_a_quote_or_a_line_end()
    {
        DotGraph graph = DotParser.Parse("digraph { a [label=\"x\\\"y\\\\z\\n\\\nw\\\r\nv\\q\" /* joined */ + \"!\"] }").Single();
        Assert.Equal("x\"y\\\\z\\nwv\\q!", graph.Nodes[0].Attributes[DotAttribute.Label]?.Text);
    }

    [Theory]
    [InlineData("digraph {", "{", 200_000)]
    [InlineData("digraph {", "a->{", 200_000)]
    [InlineData("digraph { a [label=", "<", 200_000)]
    [InlineData("digraph { a [label=\"x\"", "+\"x\"", 200_000)]
    [InlineData("digraph { a", "[", 200_000)]
    [InlineData("digraph { a", "->a", 200_000)]
    [InlineData("digraph { a", ":a", 200_000)]
    public void Nesting_without_end_neither_hangs_nor_overflows(string start, string more, int times)
    {
        string text = start + string.Concat(Enumerable.Repeat(more, times));
        Assert.Throws<InputException>(() => DotParser.Parse(text));
    }

    [Fact]
    public void Deep_nesting_that_closes_is_read()
    {
        const int Depth = 200_000, Ends = 2_000;
        DotGraph graph = DotParser.Parse($"digraph {{ {new string('{', Depth)} b {new string('}', Depth)} }}").Single();
        Assert.Equal((1, Depth + 1), (graph.Nodes.Count, graph.Subgraphs.Count));

        graph = DotParser.Parse($"digraph {{ {string.Concat(Enumerable.Repeat("a->{", Ends))} b {new string('}', Ends)} }}").Single();
        Assert.Equal((2, (2 * Ends) - 1), (graph.Nodes.Count, graph.Edges.Count));
    }

    [Fact]
    public void A_few_words_cannot_ask_for_endless_edges_or_endless_work()
    {
        string many = string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"n{i}"));
        Assert.Contains("8,388,608 edges", Refusal($"digraph {{ {{{many}}} -> {{{many}}} }}"), StringComparison.Ordinal);

        string nest = string.Concat(Enumerable.Repeat('{', 3000)) + many.Replace("n", "a n", StringComparison.Ordinal)
            + string.Concat(Enumerable.Repeat("} -> x", 3000));
        Assert.Contains("here the file passes", Refusal($"digraph {{ {nest} }}"), StringComparison.Ordinal);

        static string Refusal(string text) => Assert.Throws<InputException>(() => DotParser.Parse(text)).Message;
    }

    [GraphvizFact]
    public void Graphviz_examples_parse_and_count_as_Graphviz_counts()
    {
        string[] files = [.. ExampleFiles()];
        foreach (string file in files)
        {
            byte[] bytes = Bytes(file);
            List<DotGraph> graphs = DotParser.Parse(DotEncoding.Decode(InputFile.Of(bytes, file)).Text, file);
            string counts = string.Join('\n', graphs.Select(graph => $"{graph.Nodes.Count} {graph.Edges.Count}"));
            Assert.Equal($"{file}\n{Count(file, bytes)}", $"{file}\n{counts}");
        }

        static IEnumerable<string> ExampleFiles() =>
            ((string[])["/usr/share/doc/graphviz", "/usr/share/graphviz", "/usr/share/doc/graphviz-doc"])
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => file.EndsWith(".gv", StringComparison.Ordinal) || file.EndsWith(".dot", StringComparison.Ordinal)
                || file.EndsWith(".gv.gz", StringComparison.Ordinal) || file.EndsWith(".dot.gz", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }

    private static byte[] Bytes(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        if (!file.EndsWith(".gz", StringComparison.Ordinal))
            return bytes;
        using var unzipped = new MemoryStream();
        using (var zipped = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            zipped.CopyTo(unzipped);
        return unzipped.ToArray();
    }

    private static string Count(string text) => Count(null, Encoding.UTF8.GetBytes(text));

    private static string Count(string? _, byte[] text)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, text);
            return Graphviz.Run("gvpr", ["BEG_G { printf(\"%d %d\\n\", nNodes($G), nEdges($G)); }", path], "").Trim();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
