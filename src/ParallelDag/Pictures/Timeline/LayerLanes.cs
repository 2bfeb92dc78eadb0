using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>A layer on the sheet: a lane for each activity, the longest operators and the shares.</summary>
/// <param name="sheet">The sheet.</param>
/// <param name="layer">The layer.</param>
/// <param name="shown">Receives the activities that are drawn.</param>
internal sealed class LayerLanes(Sheet sheet, LayerPanel layer, SortedSet<Activity> shown)
{
    private const double Pitch = 34;

    /// <summary>Draws the layer, its heading's base line at <paramref name="y"/>.</summary>
    public void Draw(double y)
    {
        (long start, long finish) = layer.Span;
        long all = Math.Max(1, finish - start);
        sheet.Text(layer.Title, Sheet.Margin, y, 1300, TextLook.Section);
        sheet.Text(Time(all), PhaseRows.PlotRight, y, 200, TextLook.Strong.ToRight);
        y += 10;
        Activity[] lanes = [.. layer.Bars.Select(bar => bar.Activity).Distinct().Order()];
        foreach (Activity lane in lanes)
        {
            shown.Add(lane);
            using (sheet.Group($"{lane.ToLegend()}: {Share(lane, all)} of the layer's time"))
            {
                sheet.Text(NameOf(lane), Sheet.Margin, y + 18, PhaseRows.PlotLeft - Sheet.Margin - 10, TextLook.Strong);
                sheet.Rect(new Box(PhaseRows.PlotLeft, y, PhaseRows.PlotRight - PhaseRows.PlotLeft, Pitch - 6), Ink.Panel);
            }

            foreach (LayerBar bar in layer.Bars.Where(bar => bar.Activity == lane && bar.Finish > bar.Start))
            {
                (double x, double width) = PhaseRows.Place(all, bar.Start - start, bar.Finish - start);
                width = Math.Min(Math.Max(1, width), PhaseRows.PlotRight - x);
                string time = Time(bar.Finish - bar.Start);
                using (sheet.Group($"{bar.Name}, {time}"))
                {
                    lane.Draw(sheet, new Box(x, y, width, Pitch - 6));
                    sheet.TextIfFits([$"{bar.Name} {time}", time], x + 4, y + 18, width - 8, TextLook.Small.In(Ink.OnColour));
                }
            }

            y += Pitch;
        }

        string longest = string.Join(" · ", layer.Bars.OrderByDescending(bar => bar.Finish - bar.Start).Take(5)
            .Select(bar => $"{bar.Name} {Time(bar.Finish - bar.Start)}"));
        string shares = string.Join(", ", lanes.Select(lane => $"{lane.ToLegend()} {Share(lane, all)}"));
        double room = PhaseRows.PlotRight - Sheet.Margin;
        sheet.Text($"The longest: {longest}", Sheet.Margin, y + 14, room, TextLook.Body);
        sheet.Text($"Of the layer's time: {shares}", Sheet.Margin, y + 32, room, TextLook.Body);
    }

    private static string Time(long picoseconds) => Amount.Seconds(Picoseconds.ToSeconds(picoseconds));

    private string Share(Activity lane, long all) =>
        Amount.Share(layer.Bars.Where(bar => bar.Activity == lane).Sum(bar => bar.Finish - bar.Start) / (double)all);

    private static string NameOf(Activity lane) => lane switch
    {
        Activity.Compute => "compute",
        Activity.Domain => "in the domain",
        Activity.Node => "in the node",
        Activity.Network => "between nodes",
        _ => "communication",
    };
}
