using ParallelDag.Pictures.Canvas;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>The map of many GPUs: a row per stage of each phase, alike rows once, a box per node (or for several).</summary>
internal sealed class MapRows(Sheet sheet, PictureSubject subject)
{
    private const double HeadWidth = 196, BarWidth = 190, Gap = 6;

    // More rows than this would be thinner than their two lines of text.
    private const int MostRows = 20;

    private readonly DeploymentPlan _plan = subject.Plan;
    private readonly long _capacity = subject.Plan.Cluster.CapacityBytes;

    public void Draw(Box box)
    {
        IReadOnlyList<StageRow> rows = StageRow.Of(subject, MostRows);
        int idle = _plan.Cluster.Gpus - _plan.UsedGpus;
        double foot = idle > 0 ? 42 : 22;
        Box area = box with { Height = box.Height - foot };
        var strip = new NodeStrip(sheet, subject);
        Box[] boxes = Share(area, rows);
        int unit = 1;
        for (int i = 0; i < rows.Count; i++)
            unit = Math.Max(unit, strip.NodesPerBox(Strip(boxes[i]), rows[i]));
        for (int i = 0; i < rows.Count; i++)
            Draw(rows[i], boxes[i], strip, unit);
        double y = boxes[^1].Bottom + 18;
        string outlined = unit == 1 ? Words.Invariant($"each outlined box a node of {_plan.Cluster.GpusPerNode} GPUs")
            : Words.Invariant($"each outlined box {unit} nodes of {_plan.Cluster.GpusPerNode} GPUs");
        sheet.Text($"In GPU order; {outlined}; a wider gap parts expert-parallel groups. Bars: the fullest GPU of the stage over all "
            + $"phases.", box.X, y, box.Width, TextLook.Quiet);
        if (idle > 0)
            sheet.Text($"{Words.Count(idle, "GPU")} of the cluster {(idle == 1 ? "is" : "are")} idle.", box.X, y + 18, box.Width,
                TextLook.Quiet);
    }

    /// <summary>A part of the height is the same for every row, the rest goes by GPUs.</summary>
    private static Box[] Share(Box area, IReadOnlyList<StageRow> rows)
    {
        const double Alike = 0.4;
        double room = area.Height - (Gap * (rows.Count - 1)), gpus = rows.Sum(row => (double)row.Gpus.Count), y = area.Y;
        var boxes = new Box[rows.Count];
        for (int i = 0; i < boxes.Length; i++)
        {
            double height = Math.Min(700, room * ((Alike / rows.Count) + ((1 - Alike) * rows[i].Gpus.Count / gpus)));
            boxes[i] = new Box(area.X, y, area.Width, height);
            y += height + Gap;
        }

        return boxes;
    }

    // In a high row the bar stands below the name, in a low one at the end.
    private static bool BarBelow(Box row) => row.Height >= 130;

    private static Box Strip(Box row) =>
        new(row.X + HeadWidth, row.Y + 4, row.Width - HeadWidth - (BarBelow(row) ? 4 : BarWidth + 14), row.Height - 8);

    private void Draw(StageRow row, Box box, NodeStrip strip, int unit)
    {
        bool over = row.Memory.TotalBytes > _capacity;
        using (sheet.Group(row.Spoken(_capacity), row.Keys))
        {
            sheet.Rect(box, over ? Ink.BadGround : Ink.Panel, over ? Ink.Bad : Ink.Frame, over ? 2.5 : 0.6, 3);
            sheet.Rect(box with { Width = 6 }, row.Ink);
            double x = box.X + 14, room = HeadWidth - 20, step = Math.Min(17, box.Height / 2.6), y = box.Y + Math.Min(20, step + 2);
            sheet.Text(row.Name, x, y, room, TextLook.Strong.In(row.Ink));
            foreach (string line in Joined(row.Lines, room).Take(Math.Max(1, (int)((box.Bottom - y - 2) / step))))
            {
                y += step;
                sheet.Text(line, x, y, room, TextLook.SmallQuiet);
            }

            if (row.HasChanged)
                sheet.Add(new RectMark(box.Inset(1, 1), null, Ink.Changed, 3, 4));
            strip.Draw(Strip(box), row, unit);
            DrawMemory(row, BarBelow(box) ? new Box(x, y, room, 60) : new Box(box.Right - BarWidth, box.Y, BarWidth - 10, box.Height),
                over);
        }
    }

    private static List<string> Joined(IEnumerable<string> parts, double room)
    {
        var lines = new List<string>();
        foreach (string part in parts)
        {
            if (lines.Count > 0 && Sheet.Fits($"{lines[^1]} · {part}", room, TextLook.SmallQuiet))
                lines[^1] = $"{lines[^1]} · {part}";
            else
                lines.Add(part);
        }

        return lines;
    }

    private void DrawMemory(StageRow row, Box box, bool over)
    {
        double bar = Math.Min(14, box.Height / 3), top = box.Y + (Math.Min(box.Height, 60) / 2) - bar;
        MemoryBar.Draw(sheet, new Box(box.X, top, box.Width, bar), row.Memory, _capacity);
        string used = Amount.Bytes(row.Memory.TotalBytes), of = Amount.Bytes(_capacity);
        string share = Amount.Share((double)row.Memory.TotalBytes / _capacity);
        sheet.Text([$"{used} of {of} ({share})", $"{used} of {of}"], box.X, top + bar + 13, box.Width, over
            ? TextLook.SmallStrong.In(Ink.BadText) : TextLook.Small);
    }
}
