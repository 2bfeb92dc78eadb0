using ParallelDag.Layouts;

namespace ParallelDag.Tests.Layouts;

public class TextTests
{
    // Helvetica's AFM gives H 722, e 556, l 222, o 556 of 1000 units; bold H 722, e 556, l 278, o 611. Rounding of 2048ths: below 0.1 %.
    [Theory]
    [InlineData("Hello", false, 722 + 556 + 222 + 222 + 556)]
    [InlineData("Hello", true, 722 + 556 + 278 + 278 + 611)]
    public void Widths_are_those_of_Helvetica(string text, bool bold, int thousandths) =>
        Assert.Equal(thousandths / 1000.0, FontMetrics.Width(text, 1, bold), 2);

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
                Assert.Equal(Words(TextWrapping.OneLine(text)), Words(string.Concat(lines.Select(line => line.Text))));
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
