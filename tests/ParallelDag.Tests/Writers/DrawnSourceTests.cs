using System.Text;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>A drawing of somebody else's stays theirs: read and written again it is the same file.</summary>
public class DrawnSourceTests
{
    private const string Drawing = """
        // made by hand
        digraph t { rankdir=LR; node [fontname="Courier"];
          subgraph cluster_x { label="my box"; bgcolor=yellow;
            a [label="MLP\nGPU: 0", shape=box, style=filled, fillcolor=lightgreen, URL="http://example.org", tooltip="note", penwidth=3]; }
          b [shape=record, label="{<f0> one|<f1> GPU: 0}"];
          a:e -> b:f0 [color=red, arrowhead=vee, headlabel="é"]; # residual
          { rank=same; a; b } }
        """;

    private static byte[] Written(Dag dag)
    {
        using var stream = new MemoryStream();
        DotWriter.Write(dag, stream);
        return stream.ToArray();
    }

    private static Dag Read(byte[] bytes) => GraphFile.Read(InputFile.Of(bytes, "drawing.dot"));

    [Fact]
    public void Colours_ports_ranks_clusters_and_comments_are_kept()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Drawing);
        Assert.Equal(bytes, Written(Read(bytes)));
        Assert.Equal(Drawing, DotWriter.ToText(DotReader.Read(Drawing)));
        Assert.Equal(Drawing, GraphFormats.Dot.ToText(Read(bytes), null, out _));
    }

    [Fact]
    public void A_drawing_in_Latin1_stays_in_Latin1()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Drawing.Replace("rankdir", "charset=latin1; rankdir", StringComparison.Ordinal));
        Assert.Equal(bytes, Written(Read(bytes)));
        string text = DotWriter.ToText(Read(bytes));
        Assert.DoesNotContain("charset", text, StringComparison.Ordinal);
        Assert.Equal("MLP", Assert.Single(DotReader.Read(text).Nodes, node => node.Id == "a").Name);
    }

    [Fact]
    public void A_long_drawing_comes_through_whole()
    {
        string edges = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"n{i} -> n{i + 1}; // 😀"));
        string drawing = $"digraph {{ {edges}\n}}";
        Assert.Equal(drawing, Encoding.UTF8.GetString(Written(DotReader.Read(drawing))));
    }

    [Fact]
    public void What_is_made_of_a_drawing_is_written_anew()
    {
        string text = DotWriter.ToText(FileSamples.Copied(DotReader.Read(Drawing)));
        Assert.DoesNotContain("lightgreen", text, StringComparison.Ordinal);
        Assert.Contains("gpus=\"0\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_ours_is_written_from_its_facts()
    {
        string ours = DotWriter.ToText(FileSamples.Generated());
        Assert.Equal(ours, DotWriter.ToText(DotReader.Read("// a remark\n" + ours)));
    }
}
