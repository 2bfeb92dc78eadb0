using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.MemoryBars;

/// <summary>
/// P3: whether it fits. A row per distinct set of stages that a GPU runs, on a scale up to the GPU's memory; below each bar what is in it,
/// drawn across, because weights and cache are often a small part.
/// </summary>
internal sealed class MemoryPicture
{
    private const int MostRows = 9, MostNotes = 6;

    private const double LabelWidth = 236, FactsWidth = 300, ScaleHeight = 44, PlainRow = 190, MostRow = 420, MostZoom = 1.4,
        LegendStep = 92, LegendWidth = 5 * LegendStep;

    private readonly Sheet _sheet;
    private readonly DeploymentPlan _plan;
    private readonly long _capacity;
    private readonly double _scale;

    private MemoryPicture(Sheet sheet, DeploymentPlan plan, IReadOnlyList<MemoryRow> rows)
    {
        _sheet = sheet;
        _plan = plan;
        _capacity = plan.Cluster.CapacityBytes;
        _scale = Math.Max(plan.Cluster.Gpu.MemoryBytes, rows.Max(row => (double)row.Memory.TotalBytes));
    }

    public static Sheet Draw(PictureSubject subject)
    {
        IReadOnlyList<MemoryRow> rows = MemoryRow.Of(subject, MostRows);
        Sheet sheet = Heading.Open(
            subject,
            "does it fit",
            Heading.Facts(subject.Plan),
            "Bars of the memory of the fullest GPU of each stage: weights by class, cache, activations, what is free and what is kept "
                + "back.");
        new MemoryPicture(sheet, subject.Plan, rows).Draw(rows);
        return sheet;
    }

    private void Draw(IReadOnlyList<MemoryRow> rows)
    {
        double foot = 24 + (19 * Math.Clamp(_plan.Phases.Count, 2, MostNotes));
        double zoom = Zoom.Filling(ScaleHeight + (PlainRow * rows.Count) + foot, Sheet.Body.Height, MostZoom);
        using IDisposable larger = _sheet.Enlarge(Sheet.Body, zoom, out Box body);
        var bars = new Box(body.X + LabelWidth, body.Y + ScaleHeight, body.Width - LabelWidth - FactsWidth,
            body.Height - ScaleHeight - foot);
        double height = Math.Min(MostRow, bars.Height / rows.Count);
        DrawScale(bars with { Height = height * rows.Count });
        for (int i = 0; i < rows.Count; i++)
            Draw(rows[i], new Box(body.X, bars.Y + (i * height), body.Width, height), bars);
        DrawFoot(new Box(body.X, body.Bottom - foot, body.Width, foot), rows);
    }

    private double At(Box bars, double bytes) => bars.X + (bars.Width * bytes / _scale);

    private void DrawScale(Box bars)
    {
        double step = Step(_scale / (1L << 30)) * (1L << 30), edge = At(bars, _capacity);
        for (double bytes = 0; bytes <= _scale * 1.0001; bytes += step)
        {
            double x = At(bars, bytes);
            _sheet.Line(Ink.Empty, 1, x, bars.Y - 6, x, bars.Bottom);
            if (Math.Abs(x - edge) > 26)
                _sheet.Text(Words.Invariant($"{bytes / (1L << 30):0} GiB"), x, bars.Y - 12, 70, TextLook.SmallQuiet.Centred);
        }

        _sheet.Add(new LineMark([edge, bars.Y - 24, edge, bars.Bottom], Ink.Bad, 1.6) { Dashes = "6 3" });
        string reserve = Amount.Share(_plan.Cluster.MemoryReserve);
        _sheet.Text(
            [$"capacity {Amount.Bytes(_capacity)}: {Amount.Bytes(_plan.Cluster.Gpu.MemoryBytes)} less {reserve} kept back",
                $"capacity {Amount.Bytes(_capacity)}"],
            edge - 6, bars.Y - 28, edge - bars.X, TextLook.SmallStrong.In(Ink.BadText).ToRight);
    }

    /// <summary>The round step that divides a scale into at most ten.</summary>
    private static double Step(double scale)
    {
        double step = 1;
        for (int i = 0; scale / step > 10; i++)
            step *= i % 3 == 1 ? 2.5 : 2;
        return step;
    }

    private void Draw(MemoryRow row, Box box, Box bars)
    {
        bool over = row.Memory.TotalBytes > _capacity;
        IReadOnlyList<(string Name, long Bytes, Ink Ink, double Opacity)> parts = Parts(row);
        string held = string.Join(", ", parts.Select(part => $"{part.Name} {Amount.Bytes(part.Bytes)}"));
        string spoken = $"{row.Name(_plan)}, GPU {row.Gpu} and {Words.Count(row.Alike - 1, "GPU")} alike: "
            + $"{Amount.Bytes(row.Memory.TotalBytes)} of {Amount.Bytes(_capacity)}: {held}";
        using (_sheet.Group(spoken, ("gpus", row.Gpus.ToString()), ("stage", Words.Invariant($"{row.Roles[0].Stage}"))))
        {
            if (over)
                _sheet.Rect(box.Inset(0, 3), Ink.BadGround, Ink.Bad, 2, 4);
            double y = box.Y + (box.Height * 0.12) + 12, room = LabelWidth - 24;
            _sheet.Rect(new Box(box.X, box.Y + 8, 6, box.Height - 16), over ? Ink.Bad : Ink.OfStage(row.Roles[0].Stage));
            _sheet.Text(row.Name(_plan), box.X + 14, y, room, TextLook.Strong.In(over ? Ink.BadText : Ink.OfStage(row.Roles[0].Stage)));
            _sheet.Text([Amount.Gpus(row.Gpus), Words.Count(row.Gpus.Count, "GPU")], box.X + 14, y + 17, room, TextLook.SmallQuiet);
            _sheet.Text($"fullest: GPU {row.Gpu}" + (row.Alike > 1 ? Words.Invariant($", {row.Alike} alike") : ""), box.X + 14, y + 32,
                room, TextLook.SmallQuiet);

            double bar = Math.Min(90, box.Height * 0.24), top = box.Y + (box.Height * 0.12);
            DrawBar(new Box(bars.X, top, bars.Width, bar), bars, row.Memory, parts, over);
            var shares = new Box(bars.X, top + (bar * 1.9), bars.Width, bar);
            IReadOnlyList<string> unnamed = DrawParts(shares, At(bars, row.Memory.TotalBytes), top + bar, parts, row.Memory.TotalBytes);
            if (unnamed.Count > 0)
                DrawUnnamed(unnamed, shares.X, shares.Bottom + 15, shares.Width, box.Bottom);
            DrawFacts(row, new Box(bars.Right + 18, box.Y, FactsWidth - 24, box.Height), y, over);
        }
    }

    private static IReadOnlyList<(string Name, long Bytes, Ink Ink, double Opacity)> PartsOf(
        IEnumerable<KeyValuePair<WeightClass, long>> weights, GpuMemory memory)
    {
        var parts = weights.Select((pair, i) => (Name(pair.Key), pair.Value, Ink.Weights, Math.Max(0.2, i == 0 ? 1 : 0.6 - (0.12 * i))))
            .ToList();
        if (memory.CacheBytes > 0)
            parts.Add(("KV cache", memory.CacheBytes, Ink.Cache, 1));
        if (memory.ActivationBytes > 0)
            parts.Add(("activations", memory.ActivationBytes, Ink.Activations, 1));
        return parts;
    }

    private IReadOnlyList<(string Name, long Bytes, Ink Ink, double Opacity)> Parts(MemoryRow row) =>
        PartsOf(row.Weights(_plan), row.Memory);

    private static string Name(WeightClass weight) => weight switch
    {
        WeightClass.Expert => "experts",
        WeightClass.Dense => "dense FFN",
        WeightClass.Shared => "shared experts",
        WeightClass.Head => "LM head",
        WeightClass.Norm => "norms",
        WeightClass.Small => "small weights",
        _ => weight.ToName(),
    };

    private void DrawBar(Box box, Box bars, GpuMemory memory, IReadOnlyList<(string Name, long Bytes, Ink Ink, double Opacity)> parts,
        bool over)
    {
        _sheet.Rect(box with { Width = At(bars, _capacity) - box.X }, Ink.Empty);
        double reserve = At(bars, _capacity), end = At(bars, _plan.Cluster.Gpu.MemoryBytes), bytes = 0;
        if (end > reserve)
            _sheet.Add(new RectMark(box with { X = reserve, Width = end - reserve }, Ink.Frame, null, 1, 0) { Hatched = true });
        foreach ((_, long size, Ink ink, double opacity) in parts)
        {
            double left = At(bars, bytes), right = At(bars, bytes + size);
            if (opacity < 1)
                _sheet.Rect(box with { X = left, Width = right - left }, Ink.Ground);
            _sheet.Add(new RectMark(box with { X = left, Width = right - left }, ink, null, 1, 0) { Opacity = opacity });
            bytes += size;
        }

        if (over)
            _sheet.Rect(box with { X = reserve, Width = At(bars, memory.TotalBytes) - reserve }, null, Ink.Bad, 3);
        _sheet.Rect(box with { Width = end - box.X }, null, Ink.Frame, 0.8);
    }

    /// <summary>The used part of the bar above, stretched over the whole width.</summary>
    /// <returns>The parts that are too narrow for their name.</returns>
    private IReadOnlyList<string> DrawParts(Box box, double used, double from,
        IReadOnlyList<(string Name, long Bytes, Ink Ink, double Opacity)> parts, long total)
    {
        _sheet.Line(Ink.Frame, 0.7, box.X, from, box.X, box.Y);
        _sheet.Line(Ink.Frame, 0.7, used, from, box.Right, box.Y);
        double x = box.X;
        var unnamed = new List<string>();
        foreach ((string name, long bytes, Ink ink, double opacity) in parts)
        {
            double width = box.Width * bytes / Math.Max(1, total);
            var part = box with { X = x, Width = width };
            using (_sheet.Group($"{name}: {Amount.Bytes(bytes)}"))
            {
                _sheet.Rect(part, Ink.Ground);
                _sheet.Add(new RectMark(part, ink, Ink.Ground, 1, 0) { Opacity = opacity });
                TextLook look = TextLook.Small.In(ink == Ink.Activations ? Ink.OnBright : opacity == 1 ? Ink.OnColour : Ink.Text).Centred;
                string[] wordings = [$"{name} {Amount.Bytes(bytes)}", Amount.Bytes(bytes), name];
                string? fits = box.Height >= 14 ? Array.Find(wordings, text => Sheet.Fits(text, width - 8, look)) : null;
                if (fits is not null)
                    _sheet.Text(fits, x + (width / 2), box.Y + (box.Height / 2) + 4, width - 8, look);
                if (fits != wordings[0] && bytes * 1000 > total)
                    unnamed.Add(wordings[0]);
            }

            x += width;
        }

        return unnamed;
    }

    // What the bars have no room to name, in their order, where rows are high enough for a line or two of it.
    private void DrawUnnamed(IReadOnlyList<string> parts, double x, double y, double room, double bottom)
    {
        int most = Math.Min(3, (int)((bottom - y) / 15) + (bottom - y >= 4 ? 1 : 0));
        if (most > 0)
            _sheet.Lines($"from the left, too narrow for their names: {string.Join(", ", parts)}", x, y, room, TextLook.SmallQuiet, most);
    }

    private void DrawFacts(MemoryRow row, Box box, double y, bool over)
    {
        long free = _capacity - row.Memory.TotalBytes;
        _sheet.Text(
            $"{Amount.Bytes(row.Memory.TotalBytes)} of {Amount.Bytes(_capacity)} "
                + $"({Amount.Share((double)row.Memory.TotalBytes / _capacity)})",
            box.X, y, box.Width, TextLook.Strong.In(over ? Ink.BadText : Ink.Text));
        if (over)
        {
            _sheet.Text($"{Amount.Bytes(-free)} too much", box.X, y + 17, box.Width, TextLook.Strong.In(Ink.BadText));
            return;
        }

        _sheet.Text($"{Amount.Bytes(free)} free", box.X, y + 17, box.Width, TextLook.Quiet.In(Ink.Text));
        if (row.MoreTokens(_plan) is long tokens)
            _sheet.Text($"room for {Units.Quantity.FormatCount(tokens)} more tokens of cache", box.X, y + 33, box.Width,
                TextLook.SmallQuiet);
    }

    private void DrawFoot(Box box, IReadOnlyList<MemoryRow> rows)
    {
        double y = box.Y + 22;
        foreach (PhaseLayout layout in ShownPhases.Of(_plan.Phases, MostNotes).Drawn)
        {
            if (SequenceRoom.Of(_plan, layout) is not int most)
                continue;
            int planned = layout.Workload.Batch;
            long length = _plan.Context(layout).OfPrompt().Length;
            string phase = layout.Id.ToTitle(), fit = $"{Words.Count(most, "sequence")} of {Words.Number(length)} tokens",
                than = (most >= planned ? Words.Number(most - planned) + " more" : "fewer") + $" than the {Words.Number(planned)} planned";
            IReadOnlyList<string> more = most == 0 ? [$"{phase} by itself: not even the smallest batch fits"]
                : [$"{phase} by itself: up to {fit} fit, {than}", $"{phase} alone: up to {fit}, {than}", $"{phase}: {fit}, {than}"];
            _sheet.Text(more, box.X, y, box.Width - LegendWidth - 16,
                TextLook.Body.In(most < planned ? Ink.BadText : Ink.Text));
            y += 19;
        }

        double x = box.Right - LegendWidth;
        foreach ((Ink ink, string text, bool hatched) in new[]
        {
            (Ink.Weights, "weights", false), (Ink.Cache, "KV cache", false), (Ink.Activations, "activations", false),
                (Ink.Empty, "free", false),
            (Ink.Frame, "kept back", true),
        })
        {
            _sheet.Add(new RectMark(new Box(x, box.Y + 11, 16, 11), ink, Ink.Frame, 0.5, 0) { Hatched = hatched });
            _sheet.Text(text, x + 21, box.Y + 22, LegendStep - 24, TextLook.Quiet.In(Ink.Text));
            x += LegendStep;
        }

        _sheet.Text("Below each bar: what is in it, drawn across the whole width."
            + (rows.Select(row => row.Roles[0].Phase).Distinct().Count() < _plan.Phases.Count && !_plan.SharesWeights
                && _plan.Phases.Count > 2 ? " Less full sets of instances are not drawn." : ""), box.Right, box.Y + 42, LegendWidth,
            TextLook.SmallQuiet.ToRight);
    }
}
