using ParallelDag.Looks;
using ParallelDag.Meshes;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;

namespace ParallelDag.Tests.Pictures;

/// <summary>What pictures say where there is little room, and how they fill it where there is much.</summary>
public class WordingsTests
{
    [Theory]
    [InlineData("Pipeline Send/Recv (stage 2)", "Pipeline Send/Recv", "Send/Recv")]
    [InlineData("Attention RMSNorm", "RMSNorm")]
    [InlineData("All-Reduce (attention output)", "All-Reduce")]
    [InlineData("Experts 0-255")]
    [InlineData("Sampling")]
    public void A_name_grows_shorter_and_still_says_what_it_is(string name, params string[] shorter) =>
        Assert.Equal([name, .. shorter], ShortNames.Of(name));

    [Fact]
    public void Experts_of_a_narrow_cell_are_named_as_far_as_there_is_room() => Assert.Equal(
        ["experts 0-7,16,256", "e0-7,16,256", "e0-7,16 +1", "e0-7 +2", "10 experts"], ExpertWords.Of(GpuSet.Parse("0-7,16,256")));

    [Fact]
    public void What_is_enlarged_keeps_its_proportions()
    {
        var sheet = new Sheet("a", "b");
        var part = new Box(24, 84, 1552, 892);
        using (sheet.Enlarge(part, 1.5, out Box room))
        {
            Assert.Equal(new Box(24, 84, 1552 / 1.5, 892 / 1.5), room);
            sheet.Rect(new Box(room.X, room.Y, room.Width, room.Height), Ink.Panel, Ink.Frame, 2, 3);
            sheet.Text("x", room.X + 10, room.Y + 20, 100, TextLook.Small);
        }

        sheet.Text("y", 10, 20, 100, TextLook.Small);
        var rect = Assert.IsType<RectMark>(sheet.Marks[0]);
        Assert.Equal((24, 84, 1552, 892, 3, 4.5),
            (rect.Box.X, rect.Box.Y, Math.Round(rect.Box.Width, 6), Math.Round(rect.Box.Height, 6), rect.LineWidth, rect.Radius));
        var text = Assert.IsType<TextMark>(sheet.Marks[1]);
        Assert.Equal((39, 114, 150, 16.5), (text.X, text.Y, text.Room, text.Look.Size));
        var plain = Assert.IsType<TextMark>(sheet.Marks[2]);
        Assert.Equal((10, 20, 100, 11), (plain.X, plain.Y, plain.Room, plain.Look.Size));
    }

    [Theory]
    [InlineData(446, 1.5)]
    [InlineData(700, 1.2)]
    [InlineData(5000, 1)]
    public void What_is_low_is_drawn_larger_in_tenths(double height, double factor) =>
        Assert.Equal(factor, Zoom.Filling(height, 892, 1.5));
}
