using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Timeline;

/// <summary>A layer on the sheet: a lane for each activity, the longest operators and the shares.</summary>
/// <param name="sheet">The sheet.</param>
/// <param name="plot">Where its bars lie.</param>
/// <param name="cluster">What a group inside a node, and one that leaves it, is called by.</param>
/// <param name="layer">The layer.</param>
/// <param name="shown">Receives the activities that are drawn.</param>
internal sealed class LayerLanes(Sheet sheet, Plot plot, ClusterSpec cluster, LayerPanel layer, SortedSet<Activity> shown)
{
    private const double Pitch = 34, AboveLanes = 34, BelowLanes = 56;

    private const int MostNamed = 5;

    /// <summary>How high it is.</summary>
    public double Height => AboveLanes + (Pitch * Lanes.Length) + BelowLanes;

    private Activity[] Lanes => [.. layer.Bars.Select(bar => bar.Activity).Distinct().Order()];

    /// <summary>Draws the layer from <paramref name="y"/> on.</summary>
    public void Draw(double y)
    {
        (long start, long finish) = layer.Span;
        long all = Math.Max(1, finish - start);
        y += AboveLanes - 10;
        sheet.Text(layer.Title, plot.Names, y, plot.Width - 200, TextLook.Section);
        sheet.Text(Time(all), plot.Right, y, 190, TextLook.Strong.ToRight);
        y += 10;
        Activity[] lanes = Lanes;
        foreach (Activity lane in lanes)
        {
            shown.Add(lane);
            using (sheet.Group($"{NodeUnit.Legend(cluster, lane)}: {Share(lane, all)} of the layer's time"))
            {
                sheet.Text(NodeUnit.Lane(cluster, lane), plot.Names, y + 18, plot.NameRoom, TextLook.Strong);
                sheet.Rect(new Box(plot.Left, y, plot.Pixels, Pitch - 6), Ink.Panel);
            }

            foreach (LayerBar bar in layer.Bars.Where(bar => bar.Activity == lane && bar.Finish > bar.Start))
            {
                (double x, double width) = plot.Place(all, bar.Start - start, bar.Finish - start);
                width = Math.Min(Math.Max(1, width), plot.Right - x);
                string time = Time(bar.Finish - bar.Start);
                using (sheet.Group($"{bar.Name}, {time}"))
                {
                    lane.Draw(sheet, new Box(x, y, width, Pitch - 6));
                    sheet.TextIfFits([$"{bar.Name} {time}", time], x + 4, y + 18, width - 8, TextLook.Small.In(Ink.OnColour));
                }
            }

            y += Pitch;
        }

        string[] longest = [.. layer.Bars.GroupBy(bar => bar.Name)
            .Select(bars => (Name: bars.Key, Count: bars.Count(), Sum: bars.Sum(bar => bar.Finish - bar.Start)))
            .OrderByDescending(bars => bars.Sum).Take(MostNamed)
            .Select(bars => Words.Invariant($"{bars.Name} {Time(bars.Sum)}{(bars.Count > 1 ? $" in {bars.Count} parts" : "")}"))];
        string shares = string.Join(", ", lanes.Select(lane => $"{NodeUnit.Legend(cluster, lane)} {Share(lane, all)}"));
        string together = layer.Bars.Sum(bar => bar.Finish - bar.Start) > 1.005 * all ? " (some at once)" : "";
        sheet.Text([.. Enumerable.Range(0, longest.Length).Select(less => $"The longest: {string.Join(" · ", longest[..^less])}")],
            plot.Names, y + 14, plot.Width, TextLook.Body);
        sheet.Text($"Of the layer's time: {shares}{together}", plot.Names, y + 32, plot.Width, TextLook.Body);
    }

    private static string Time(long picoseconds) => Amount.Seconds(Picoseconds.ToSeconds(picoseconds));

    private string Share(Activity lane, long all) =>
        Amount.Share(layer.Bars.Where(bar => bar.Activity == lane).Sum(bar => bar.Finish - bar.Start) / (double)all);
}
