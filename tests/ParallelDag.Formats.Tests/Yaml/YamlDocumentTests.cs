using ParallelDag.Documents;
using ParallelDag.Formats.Yaml;
using ParallelDag.Graphs;

namespace ParallelDag.Formats.Tests.Yaml;

public class YamlDocumentTests
{
    [Fact]
    public void Keys_values_and_places_are_kept()
    {
        var root = Assert.IsType<DocumentMap>(YamlDocument.Read("name: a plan\nprefill: { pp: 4,\n  order: [tp, 'sp'] }\n"));

        Assert.Equal(["name", "prefill"], root.Entries.Select(entry => entry.Key));
        Assert.Equal(new DocumentScalar("a plan", Quoted: false, new TextPosition(1, 7)), root.Find("name"));
        var prefill = Assert.IsType<DocumentMap>(root.Find("prefill"));
        Assert.Equal(new TextPosition(2, 10), prefill.Position);
        Assert.Equal(new TextPosition(3, 3), prefill.Entries[1].KeyPosition);
        var order = Assert.IsType<DocumentList>(prefill.Find("order"));
        Assert.Equal(new DocumentScalar("tp", Quoted: false, new TextPosition(3, 11)), order.Items[0]);
        Assert.Equal(new DocumentScalar("sp", Quoted: true, new TextPosition(3, 15)), order.Items[1]);
    }

    [Fact]
    public void Json_is_read_with_tabs_and_escapes()
    {
        var root = (DocumentMap)YamlDocument.Read("{\n\t\"a\":1,\n\t\"b\": [true, null],\r\n\t\"c\":\"x\\/y \\ud83d\\ude00\\u00e9\"\n}");

        Assert.Equal(new DocumentScalar("1", Quoted: false, new TextPosition(2, 6)), root.Find("a"));
        var list = (DocumentList)root.Find("b")!;
        Assert.True(((DocumentScalar)list.Items[1]).IsNull);
        Assert.Equal(new DocumentScalar("x/y 😀é", Quoted: true, new TextPosition(4, 6)), root.Find("c"));
    }

    [Theory]
    [InlineData("a: |\n  one\n  two\nb: 1\n", "one\ntwo\n", 4)]
    [InlineData("a: >\n  one\n  two\nb: 1\n", "one two\n", 4)]
    [InlineData("a: one\n  two\nb: 1\n", "one two", 3)]
    [InlineData("a: 'one\n\n  two'\nb: 1\n", "one\ntwo", 4)]
    public void Scalars_may_take_several_lines(string text, string value, int nextLine)
    {
        var root = (DocumentMap)YamlDocument.Read(text);

        Assert.Equal(value, ((DocumentScalar)root.Find("a")!).Text);
        Assert.Equal(nextLine, root.Entries[1].KeyPosition.Line);
    }

    [Theory]
    [InlineData("%YAML 1.2\n---\na: 1\n...\n")]
    [InlineData("--- # a plan\na: 1\n")]
    [InlineData("\r\n# first\r\na: 1 # one\r\n\r\n")]
    [InlineData("? a\n: 1\n")]
    [InlineData("\uFEFFa: 1")]
    public void Directives_comments_and_marks_are_allowed(string text) =>
        Assert.Equal("1", ((DocumentScalar)((DocumentMap)YamlDocument.Read(text)).Find("a")!).Text);

    [Fact]
    public void An_alias_stands_for_the_value_of_its_anchor()
    {
        var root = (DocumentMap)YamlDocument.Read("prefill: &same { tp: 2 }\ndecode: *same\n");

        Assert.Same(root.Find("prefill"), root.Find("decode"));
    }

    [Fact]
    public void Keys_of_any_look_are_text()
    {
        var root = (DocumentMap)YamlDocument.Read("1: a\nnull: b\ntrue: c\n'<<': d\n");

        Assert.Equal(["1", "null", "true", "<<"], root.Entries.Select(entry => entry.Key));
    }

    [Fact]
    public void A_document_of_nothing_is_a_null() =>
        Assert.True(Assert.IsType<DocumentScalar>(YamlDocument.Read("---\n")).IsNull);
}
