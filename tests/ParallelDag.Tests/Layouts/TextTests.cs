using ParallelDag.Layouts;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Layouts;

public class TextTests
{
    // Units of 2048ths. DejaVu Sans is the wider one in "Hello" (H 1540, e 1260, l 569, o 1253; bold 1714, 1389, 702, 1407),
    // Liberation Sans in "FSY" (F 1251, S 1366, Y 1366 against 1178, 1300, 1251).
    [Theory]
    [InlineData("Hello", false, 1540 + 1260 + 569 + 569 + 1253)]
    [InlineData("Hello", true, 1714 + 1389 + 702 + 702 + 1407)]
    [InlineData("FSY", false, 1251 + 1366 + 1366)]
    [InlineData("\u00E9", false, 1260)]
    [InlineData("\u884C", false, 2240)]
    public void Widths_are_those_of_the_widest_family(string text, bool bold, int units) =>
        Assert.Equal(units * 10 / 2048.0, FontMetrics.Width(text, 10, bold), 9);

    [Fact]
    public void Lines_fit_and_hold_all_of_the_text()
    {
        foreach (string text in DagsToDraw.HostileNames)
        {
            foreach (double width in new[] { 30.0, 80, 200 })
            {
                var lines = new List<LabelLine>();
                bool cut = TextWrapping.Wrap(text, LineStyle.Detail, width, 100, lines);
                Assert.False(cut);
                Assert.All(lines, line => Assert.True(line.Width <= width, $"'{line.Text}' is {line.Width} wide, not {width}"));
                Assert.Equal(Words(OneLine.Of(text)), Words(string.Concat(lines.Select(line => line.Text))));
            }
        }

        static string Words(string text) => text.Replace(" ", "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_line_tells_that_text_was_cut()
    {
        var lines = new List<LabelLine>();
        Assert.True(TextWrapping.Wrap("one two three four five six", LineStyle.Detail, 40, 2, lines));
        Assert.Equal(2, lines.Count);
        Assert.EndsWith("...", lines[1].Text, StringComparison.Ordinal);
        Assert.True(lines[1].Width <= 40);
    }

    [Fact]
    public void Tracks_are_shared_by_intervals_that_do_not_meet()
    {
        int[] tracks = new int[4];
        int count = Tracks.Assign([(0, 10), (5, 20), (30, 40), (15, 35)], tracks);
        Assert.Equal(2, count);
        Assert.Equal([0, 1, 1, 0], tracks);
    }
}
