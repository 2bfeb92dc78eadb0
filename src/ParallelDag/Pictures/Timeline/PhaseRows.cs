using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Timeline;

/// <summary>A phase on the sheet: a heading, a row a stage, the hand-off of the cache, an axis.</summary>
/// <param name="sheet">The sheet.</param>
/// <param name="plot">Where its bars lie.</param>
/// <param name="dag">The graph.</param>
/// <param name="panel">The phase.</param>
/// <param name="handOff">What prefill hands over; null for nothing.</param>
/// <param name="shown">Receives the activities that are drawn.</param>
internal sealed class PhaseRows(Sheet sheet, Plot plot, Dag dag, TimelinePanel panel, HandOff? handOff, SortedSet<Activity> shown)
{
    /// <summary>How high heading and axis are together, and the row of the hand-off.</summary>
    public const double OverheadHeight = 54, HandOffHeight = 22;

    private readonly long _makespan = Math.Max(1, panel.Result.MakespanPicoseconds);

    private readonly NodeLinks _links = new(dag);

    /// <summary>Draws the phase from <paramref name="y"/> on and returns where the next one begins.</summary>
    public double Draw(double y, double pitch)
    {
        sheet.Text(panel.Title, plot.Names, y + 13, plot.Width, TextLook.Section);
        y += 22;
        bool numbered = pitch >= 32 && dag.ScopeTable.ToArray().Any(scope => scope.Phase == panel.Phase && scope.MicroBatch > 0);
        ILookup<int, StagePass>? passes = numbered ? StagePasses.Of(panel.Result).ToLookup(pass => pass.Stage) : null;
        ILookup<int, (long Start, long Finish)> critical = panel.Result.CriticalPath
            .ToLookup(step => step.Node.Stage ?? -1, step => (step.StartPicoseconds, step.StartPicoseconds + step.Picoseconds));
        double height = Math.Max(8, pitch - 6 - (numbered ? 13 : 0));
        foreach (TimelineRow row in panel.Rows)
        {
            using (sheet.Group($"{panel.Phase.ToTitle()}, {row.Title}, {row.Details[0]}: {Shares(row)}",
                ("phase", panel.Phase.ToName()), ("stage", Words.Invariant($"{row.Stage}")), ("gpus", row.Gpus.ToString())))
            {
                Label(row, y, pitch);
                double top = y + (numbered ? 13 : 0);
                foreach (StagePass pass in passes?[row.Stage] ?? [])
                    Pass(pass, y);
                foreach (Stretch stretch in ActivityStrip.Of(panel.Result, _links, row.Lane, plot.Pixels))
                {
                    shown.Add(stretch.Activity);
                    stretch.Activity.Draw(sheet, new Box(plot.Left + stretch.From, top, stretch.To - stretch.From, height));
                }

                Spans(critical[row.Stage], Ink.Text, top + height + 1, 2);
            }

            y += pitch;
        }

        y = handOff is null ? y : Transfers(y);
        Axis(y + 2);
        return y + OverheadHeight - 22;
    }

    private void Label(TimelineRow row, double y, double pitch)
    {
        double room = plot.NameRoom;
        if (pitch >= 30)
        {
            sheet.Text(row.Title, plot.Names, y + 13, room, TextLook.Strong);
            sheet.Text(row.Details, plot.Names, y + 27, room, TextLook.SmallQuiet);
            return;
        }

        double baseline = y + Math.Min(13, (pitch / 2) + 4);
        double title = FontMetrics.Width(row.Title, TextLook.SmallStrong.Size, bold: true);
        sheet.Text(row.Title, plot.Names, baseline, room, TextLook.SmallStrong);
        if (title + 40 < room)
            sheet.Text(row.Details, plot.Names + title + 8, baseline, room - title - 8, TextLook.SmallQuiet);
    }

    private string Shares(TimelineRow row)
    {
        GpuTime time = panel.Result.Gpus[row.Lane];
        return $"computes {Amount.Share(time.ComputePicoseconds / (double)_makespan)}, "
            + $"communicates {Amount.Share(time.ExposedPicoseconds / (double)_makespan)}, "
            + $"waits {Amount.Share(time.IdlePicoseconds / (double)_makespan)}";
    }

    /// <summary>A micro-batch on a stage: a line with its number.</summary>
    private void Pass(StagePass pass, double y)
    {
        (double x, double width) = plot.Place(_makespan, pass.Start, pass.Finish);
        sheet.TextIfFits([Words.Invariant($"micro-batch {pass.MicroBatch}"), Words.Invariant($"{pass.MicroBatch}")],
            x + 1, y + 9, width - 4, TextLook.SmallQuiet);
        sheet.Rect(new Box(x, y + 11, Math.Max(0.5, width - 2), 1), Ink.Frame);
    }

    private double Transfers(double y)
    {
        string late = Amount.Seconds(Picoseconds.ToSeconds(handOff!.ExposedPicoseconds)),
            exposed = handOff.ExposedPicoseconds == 0 ? "hidden" : late + " exposed";
        string bytes = Amount.Bytes(handOff.Bytes);
        using (sheet.Group($"KV transfer to decode: {bytes}, {exposed}"))
        {
            double title = FontMetrics.Width("KV transfer", TextLook.SmallStrong.Size, bold: true);
            sheet.Text("KV transfer", plot.Names, y + 11, title, TextLook.SmallStrong);
            sheet.Text([$"{bytes}, {exposed}", $"{bytes}, +{late}", bytes], plot.Names + title + 8, y + 11,
                plot.NameRoom - title - 8, TextLook.SmallQuiet);
            sheet.Rect(new Box(plot.Left, y + 3, plot.Pixels, 9), Ink.Panel);
            Spans(handOff.Spans, Ink.Cache, y + 3, 9);
        }

        return y + HandOffHeight;
    }

    /// <summary>Spans of time, merged within a pixel; what goes on behind the end is cut.</summary>
    private void Spans(IEnumerable<(long Start, long Finish)> spans, Ink ink, double y, double height)
    {
        double from = -1, to = -1;
        foreach ((long start, long finish) in spans)
        {
            (double x, double width) = plot.Place(_makespan, start, finish);
            if (x >= plot.Right)
                break;
            double end = Math.Min(plot.Right, x + Math.Max(1, width));
            if (from >= 0 && x > to + 0.5)
            {
                sheet.Rect(new Box(from, y, to - from, height), ink);
                from = -1;
            }

            from = from < 0 ? x : from;
            to = Math.Max(to, end);
        }

        if (from >= 0)
            sheet.Rect(new Box(from, y, to - from, height), ink);
    }

    /// <summary>Round times below the rows, and the end.</summary>
    private void Axis(double y)
    {
        double all = panel.Result.Makespan;
        if (all <= 0)
            return;
        double step = Math.Pow(10, Math.Floor(Math.Log10(all / 5)));
        step *= all / step >= 25 ? 5 : all / step >= 10 ? 2 : 1;
        string end = Amount.Seconds(all);
        double endWidth = FontMetrics.Width(end, TextLook.Strong.Size, bold: true);
        for (int i = 0; i * step < all; i++)
        {
            double x = plot.Left + (i * step / all * plot.Pixels);
            string text = i == 0 ? "0" : Amount.Seconds(i * step);
            double width = FontMetrics.Width(text, TextLook.SmallQuiet.Size);
            if (x + width > plot.Right - endWidth - 14)
                break;
            sheet.Rect(new Box(x, y, 1, 4), Ink.Frame);
            sheet.Text(text, x + 3, y + 12, width, TextLook.SmallQuiet);
        }

        sheet.Rect(new Box(plot.Right - 1, y, 1, 4), Ink.Frame);
        sheet.Text(end, plot.Right - 4, y + 13, endWidth, TextLook.Strong.ToRight);
    }
}
