using System.Text;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

public sealed class GraphFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.dot", "digraph {}", GraphFileKind.Dot)]
    [InlineData("a.GV", "anything", GraphFileKind.Dot)]
    [InlineData("a.json", "{ \"x\": [1, {\"schema\": 1}], \"schema\": \"y\" }", GraphFileKind.Json)]
    [InlineData("a.json", "{ \"model_type\": \"llama\" }", GraphFileKind.None)]
    [InlineData("a.json", "{ \"x\": { \"schema\": 1 } }", GraphFileKind.None)]
    [InlineData("a.json", "digraph {}", GraphFileKind.None)]
    [InlineData("a.yaml", "name: x", GraphFileKind.None)]
    [InlineData("a.txt", "/* c */ # x\nSTRICT digraph {}", GraphFileKind.Dot)]
    [InlineData("a.txt", "/* c */\n# x\nSTRICT digraph {}", GraphFileKind.Dot)]
    [InlineData("a", "  {\"schema\":", GraphFileKind.Json)]
    [InlineData("a", "", GraphFileKind.None)]
    [InlineData("a", "digraphs", GraphFileKind.None)]
    public void Kinds_are_told_by_name_and_content(string name, string text, GraphFileKind kind) =>
        Assert.Equal(kind, GraphFile.KindOf(InputFile.Read(Write(name, text), null, 1 << 20)));

    [Theory]
    [InlineData("a.dot")]
    [InlineData("a.json")]
    [InlineData("plain")]
    public void Both_formats_are_read_with_or_without_a_byte_order_mark(string name)
    {
        string dot = DotWriter.ToText(FileSamples.Generated());
        string text = name == "a.json" ? JsonWriter.ToText(FileSamples.Generated()) : dot;
        Assert.Equal(dot, DotWriter.ToText(GraphFile.Read(Write(name, text))));
        foreach (string encoding in (string[])["utf-8", "utf-16", "utf-16BE", "utf-32"])
        {
            File.WriteAllText(Path.Combine(_folder, name), text, Encoding.GetEncoding(encoding));
            Assert.Equal(dot, DotWriter.ToText(GraphFile.Read(Path.Combine(_folder, name))));
        }
    }

    [Fact]
    public void Latin1_is_read_where_the_file_says_so()
    {
        File.WriteAllBytes(Path.Combine(_folder, "l.gv"), Encoding.Latin1.GetBytes("digraph { charset=latin1\n é [label=\"ü\"] }"));
        Dag dag = GraphFile.Read(Path.Combine(_folder, "l.gv"));
        Assert.Equal(("é", "ü"), (dag.Node(0).Id, dag.Node(0).Name));
    }

    [Fact]
    public void A_graph_without_a_name_is_called_after_its_file() =>
        Assert.Equal("mine", GraphFile.Read(Write("mine.dot", "digraph {}")).Name);

    [Fact]
    public void What_cannot_be_read_is_said_in_one_line_under_the_name_that_the_user_gave()
    {
        Refused(Path.Combine(_folder, "none.dot"), "shown: there is no such file; check the path");
        Refused(_folder, "shown: this is a folder without a config.json; name a file in it");
        Refused(Write("empty.dot", ""), "shown: there is no graph in it");
        Refused(Write("x.txt", "hello"), "shown: this is neither a DOT file");
        Refused(Write("p.json", "{\"name\": 1}"), "shown: this JSON is not a graph");
        Refused(WriteBytes("u16be.dot", Encoding.BigEndianUnicode.GetBytes("digraph {}")),
            "shown: this is UTF-16 or UTF-32 without a byte order mark");
        Refused(WriteBytes("bin.dot", [.. "digraph { a"u8, 0, .. " }"u8]),
            "shown:1:12: the file holds binary data (a zero byte), not text");
        Refused(WriteBytes("l1.dot", Encoding.Latin1.GetBytes("digraph {\n é }")),
            "shown:2:2: the byte 0xE9 is not UTF-8; save the file as UTF-8, or state charset=\"latin1\"");
        Refused("a\0b.dot", "shown: this is not the name of a file");
    }

    [Fact]
    public void A_file_beyond_the_limit_is_refused_unread()
    {
        foreach (string name in (string[])["huge.dot", "huge.json"])
        {
            string path = Path.Combine(_folder, name);
            using (FileStream stream = File.Create(path))
                stream.SetLength(GraphFile.MaxBytes + 1L);
            Refused(path, "shown: this is longer than 128 MiB, the most that is read here");
        }
    }

    private static void Refused(string path, string message)
    {
        InputException fault = Assert.Throws<InputException>(() => GraphFile.Read(path, "shown"));
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    private string Write(string name, string text) => WriteBytes(name, Encoding.UTF8.GetBytes(text));

    private string WriteBytes(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
