using System.Text;
using ParallelDag.Files;

namespace ParallelDag.Tests.Files;

public sealed class SourceTextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Encodings => ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Texts_with_a_byte_order_mark_are_decoded(string encoding)
    {
        var codec = Encoding.GetEncoding(encoding);
        byte[] bytes = [.. codec.GetPreamble(), .. codec.GetBytes("é: 日本 😀\n")];

        Assert.Equal("é: 日本 😀\n", Read(bytes).Text);
    }

    [Theory]
    [InlineData(new byte[] { 97, 58, 10, 98, 0xFF, 10 }, 2, 2, "not valid UTF-8")]
    [InlineData(new byte[] { 0xC3 }, 1, 1, "not valid UTF-8")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, 1, 1, "not valid UTF-8")]
    [InlineData(new byte[] { 0xFF, 0xFE, 97, 0, 0x3D, 0xD8 }, 1, 2, "not valid UTF-16")]
    [InlineData(new byte[] { 97, 98, 0, 98 }, 1, 3, "the control character U+0000")]
    [InlineData(new byte[] { 0x7F, 0x45, 0x4C, 0x46 }, 1, 1, "the control character U+007F")]
    public void What_is_no_text_is_refused_where_it_ends_to_be_one(byte[] bytes, int line, int column, string words)
    {
        InputProblem problem = Assert.Single(Assert.Throws<InputException>(() => Read(bytes)).Problems);

        Assert.Equal(new TextPosition(line, column), problem.Position);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_character_that_the_user_wrote_is_text() =>
        Assert.Equal("a\uFFFDb", Read(Encoding.UTF8.GetBytes("a\uFFFDb")).Text);

    [Fact]
    public void Missing_files_folders_and_names_that_are_none_are_refused_with_a_reason()
    {
        Assert.Equal("x.yaml: there is no such file; check the path", Reason(Path.Combine(_folder, "x.yaml"), "x.yaml"));
        Assert.Equal("x.yaml: there is no such file; check the path", Reason(Path.Combine(_folder, "no", "x.yaml"), "x.yaml"));
        Assert.Equal("here: this is a folder without a config.json; name a file in it", Reason(_folder, "here"));
        Assert.Equal("nothing: this is not the name of a file", Reason("", "nothing"));
        Assert.Equal("a b: this is not the name of a file", Reason("a\0b", "a\0b"));
    }

    [Fact]
    public void A_file_longer_than_allowed_is_refused()
    {
        string path = Path.Combine(_folder, "long.yaml");
        File.WriteAllText(path, new string('x', 10 * 1024 + 1));

        Assert.Equal("long.yaml: this is longer than 10 KiB, the most that is read here; check that it is the right file",
            Reason(path, "long.yaml"));
    }

    [Fact]
    public void Lines_are_found_whatever_ends_them()
    {
        var text = SourceText.Of("one\ntwo\r\nthree\rfour\u2028five", "f", 100);

        Assert.Equal(["one", "two", "three", "four", "five"],
            Enumerable.Range(1, 5).Select(line => text.LineAt(new TextPosition(line, 1))));
        Assert.Null(text.LineAt(new TextPosition(6, 1)));
        Assert.Null(text.LineAt(default));
    }

    [Fact]
    public void A_place_past_the_end_is_moved_to_the_last_character()
    {
        var text = SourceText.Of("one\ntwo\n\n", "f", 100);

        Assert.Equal(new TextPosition(2, 4), text.Clamp(new TextPosition(7, 3)));
        Assert.Equal(new TextPosition(1, 4), text.Clamp(new TextPosition(1, 70)));
        Assert.Equal(new TextPosition(1, 1), text.Clamp(default));
    }

    private static SourceText Read(byte[] bytes) => SourceText.Of(InputFile.Read(new MemoryStream(bytes), "f", 100), 100);

    private static string Reason(string path, string name) =>
        Assert.Throws<InputException>(() => InputFile.Read(path, name, 10 * 1024)).Message;
}
