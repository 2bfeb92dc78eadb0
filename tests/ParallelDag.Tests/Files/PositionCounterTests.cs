using System.Text;
using ParallelDag.Files;

namespace ParallelDag.Tests.Files;

public class PositionCounterTests
{
    [Theory]
    [InlineData("one\ntwo", 4, 2, 1)]
    [InlineData("one\r\ntwo", 5, 2, 1)]
    [InlineData("one\rtwo", 4, 2, 1)]
    [InlineData("é\n日本 😀x", 14, 2, 6)]
    [InlineData("a", 9, 1, 2)]
    [InlineData("", 0, 1, 1)]
    [InlineData("a\u2028b", 4, 1, 3)]
    public void A_place_is_counted_in_lines_and_UTF_16_units(string text, int offset, int line, int column) =>
        Assert.Equal(new TextPosition(line, column), new PositionCounter().Of(Encoding.UTF8.GetBytes(text), offset));

    [Fact]
    public void Yaml_ends_lines_at_more_characters() =>
        Assert.Equal(new TextPosition(4, 2),
            new PositionCounter(unicodeBreaks: true).Of(Encoding.UTF8.GetBytes("a\u0085b\u2028c\u2029dd"), 12));

    /// <summary>Whatever is asked in whatever order, the answer is that of a count from the start.</summary>
    [Fact]
    public void Answers_do_not_depend_on_what_was_asked_before()
    {
        var random = new Random(7);
        string[] pieces = ["\n", "\r\n", "\r", "x", "é", "日", "😀", "\u0085", "\u2028", "long text "];
        for (int run = 0; run < 200; run++)
        {
            string text = string.Concat(Enumerable.Range(0, 60).Select(_ => pieces[random.Next(pieces.Length)]));
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            bool unicode = run % 2 == 0;
            var counter = new PositionCounter(unicode);
            var characters = new PositionCounter();
            for (int i = 0; i < 40; i++)
            {
                int at = random.Next(text.Length + 1);
                if ((at < text.Length && char.IsLowSurrogate(text[at]))
                    || (at > 0 && at < text.Length && text[at] == '\n' && text[at - 1] == '\r'))
                    continue;
                Assert.Equal(Naive(text, at, unicode: false), characters.Of(text, at));
                Assert.Equal(Naive(text, at, unicode), counter.Of(utf8, Encoding.UTF8.GetByteCount(text.AsSpan(0, at))));
            }
        }
    }

    [Fact]
    public void A_line_is_found_without_its_break()
    {
        byte[] text = Encoding.UTF8.GetBytes("one\ntwo\r\nthree\rfour");
        Assert.Equal(["one", "two", "three", "four"], Enumerable.Range(1, 4).Select(line => Line(text, line)));
        Assert.Null(Line(text, 5));
        Assert.Null(Line(text, 0));
    }

    private static string? Line(byte[] text, int line) =>
        PositionCounter.TryGetLine(text, line, unicodeBreaks: false, out ReadOnlySpan<byte> bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static TextPosition Naive(string text, int at, bool unicode)
    {
        int line = 1, column = 1;
        for (int i = 0; i < at; i++)
        {
            bool ends = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))
                || (unicode && text[i] is '\u0085' or '\u2028' or '\u2029');
            if (unicode || text[i] is '\n' or '\r')
                (line, column) = ends ? (line + 1, 1) : (line, column + 1);
            else
                column++;
        }

        return new TextPosition(line, column);
    }
}
