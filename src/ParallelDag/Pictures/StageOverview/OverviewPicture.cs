using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.StageOverview;

/// <summary>
/// P5: what depends on what. A band per phase, a column per stage, at most seven blocks a layer; messages between stages run in the gutter
/// at their sender's height, the hand-off runs down. Sets of instances unlike one another stand side by side. No line crosses
/// another and none ends above its start.
/// </summary>
internal sealed class OverviewPicture
{
    private const int MostSets = 4;

    /// <summary>Between two blocks; in less the head of an arrow would cover their text.</summary>
    private const double RoomForArrow = 8;

    private const double BandGap = 56, SetGap = 18, BandHead = 34, ColumnHead = 42, Gutter = 96, MostBlock = 84, GroupHead = 19,
        PlainBlock = 46, LeastColumn = 210, MostColumn = 560, MostZoom = 1.5;

    /// <summary>Between bands that stand side by side: room for what is handed over, in a few words a line.</summary>
    private const double BesideGap = 150;

    // Stages of a phase that have room where its band has half of the width.
    private const int MostBeside = 2;

    // Columns of stages that have room in a band where so many bands are beside one another.
    private static readonly int[] ColumnsOfSets = [5, 3, 1, 1];

    private readonly Sheet _sheet;
    private readonly PictureSubject _subject;
    private readonly DeploymentPlan _plan;

    // Measured before they are drawn.
    private readonly Dictionary<(PhaseId Phase, int Most), IReadOnlyList<StageColumn>> _columns = [];

    private OverviewPicture(Sheet sheet, PictureSubject subject)
    {
        _sheet = sheet;
        _subject = subject;
        _plan = subject.Plan;
    }

    public static Sheet Draw(PictureSubject subject)
    {
        Sheet sheet = Heading.Open(
            subject,
            "what depends on what",
            Heading.Facts(subject.Plan),
            "The stages of each phase from left to right, the blocks of a layer from top to bottom, with the bytes of collectives, of "
                + "messages between stages and of the hand-off.");
        new OverviewPicture(sheet, subject).Draw();
        return sheet;
    }

    private void Draw()
    {
        PhaseKind[] phases = [.. _plan.Phases.Select(layout => layout.Phase).Distinct()];
        bool beside = _plan.Phases.Count == 2 && phases.Length == 2 && _plan.Phases.All(layout => layout.Stages.Count <= MostBeside);
        using IDisposable larger = _sheet.Enlarge(Sheet.Body, Enlargement(phases.Length, beside), out Box room);
        Box body = room with { Height = room.Height - 22 };
        var bands = new Dictionary<PhaseId, Box>();
        for (int i = 0; i < phases.Length; i++)
        {
            Box band = beside ? body.Column(i, phases.Length, BesideGap) : body.Row(i, phases.Length, BandGap);
            DrawSets([.. _plan.LayoutsOf(phases[i])], band, bands);
        }

        if (phases.Length > 1 && beside)
            HandOffTrunk.DrawBeside(_sheet, _subject, bands[_plan.Phases[0].Id], bands[_plan.Phases[1].Id]);
        else if (phases.Length > 1)
            HandOffTrunk.Draw(_sheet, _subject, bands);
        _sheet.Text(
            ["A box is what a micro-batch passes, for each layer of its group; below the name what one GPU yields, of a collective all "
                + "its bytes on the wire. Titles tell the rest.",
                "A box is what a micro-batch passes in a layer, with what one GPU yields; of a collective all its bytes on the wire."],
            room.X, room.Bottom, room.Width, TextLook.SmallQuiet);
    }

    /// <summary>How much larger few blocks are drawn, so that they fill the sheet as many do.</summary>
    private double Enlargement(int phases, bool beside)
    {
        if (_plan.Phases.Count > phases)
            return 1;
        IReadOnlyList<StageColumn>[] columns = [.. _plan.Phases.Select(layout => ColumnsOf(layout, ColumnsOfSets[0]))];
        double[] heights = [.. columns.Select(band => BandHead + ColumnHead + 22
            + band.Max(column => (column.Groups.Count(group => group.Heading.Length > 0) * GroupHead) + (column.Rows * PlainBlock)))];
        double high = 22 + (beside ? heights.Max() : heights.Sum() + (BandGap * (phases - 1)));
        double wide = 28 + columns.Max(band => (band.Count * (LeastColumn + Gutter)) - Gutter);
        if (beside)
            wide = (2 * wide) + BesideGap;
        return Math.Min(Zoom.Filling(high, Sheet.Body.Height, MostZoom), Zoom.Filling(wide, Sheet.Body.Width, MostZoom));
    }

    /// <summary>The sets of instances of a phase side by side; those that have no room are told in the last band.</summary>
    private void DrawSets(PhaseLayout[] sets, Box row, Dictionary<PhaseId, Box> bands)
    {
        int shown = sets.Length <= MostSets ? sets.Length : MostSets - 1, places = Math.Min(sets.Length, MostSets);
        for (int i = 0; i < places; i++)
        {
            Box band = row.Column(i, places, SetGap);
            if (i < shown)
                Draw(sets[i], band, ColumnsOfSets[places - 1]);
            else
                DrawOthers(sets[shown..], band);
            foreach (PhaseLayout set in i < shown ? [sets[i]] : sets[shown..])
                bands.Add(set.Id, band);
        }
    }

    private void DrawOthers(PhaseLayout[] sets, Box band)
    {
        _sheet.Rect(band, Ink.Of(sets[0].Phase), Ink.Frame, 1.2, 6);
        double y = band.Y + 23;
        _sheet.Text($"{Words.Count(sets.Length, "more set")} of instances", band.X + 14, y, band.Width - 28, TextLook.Section);
        int room = (int)((band.Height - 40) / 44), shown = sets.Length <= room ? sets.Length : room - 1;
        foreach (PhaseLayout set in sets.Take(shown))
        {
            y += 26;
            _sheet.Text($"{set.Id.ToTitle()}: {Amount.Gpus(GpuSet.FromGpus(set.RankGpus))}", band.X + 14, y, band.Width - 28,
                TextLook.Strong);
            y += 18;
            _sheet.Text($"{set.Strategy}", band.X + 14, y, band.Width - 28, TextLook.SmallQuiet);
        }

        if (shown < sets.Length)
            _sheet.Text($"and {Words.Count(sets.Length - shown, "more")}", band.X + 14, y + 26, band.Width - 28, TextLook.Strong);
    }

    private IReadOnlyList<StageColumn> ColumnsOf(PhaseLayout layout, int most)
    {
        if (!_columns.TryGetValue((layout.Id, most), out IReadOnlyList<StageColumn>? columns))
            _columns.Add((layout.Id, most), columns = StageColumn.Of(_plan, layout, most));
        return columns;
    }

    private void Draw(PhaseLayout layout, Box band, int most)
    {
        IReadOnlyList<StageColumn> columns = ColumnsOf(layout, most);
        _sheet.Rect(band, Ink.Of(layout.Phase), Ink.Frame, 1.2, 6);
        int parts = layout.Workload.MicroBatches, passes = layout.Passes.Count;
        string chunks = passes == parts ? "" : $" of {Words.Count(passes / parts, "chunk")}";
        string sequences = Words.Count(layout.Workload.Batch, "sequence")
            + (layout.Strategy.Replicas == 1 ? "" : $" on each of {layout.Strategy.Replicas} instances");
        string batch = sequences
            + (passes == 1 ? "" : $" in {Words.Count(parts, "micro-batch")}{chunks} (0-{passes - 1}), one after another");
        string length = layout.Phase == PhaseKind.Prefill ? $"a prompt of {Words.Count(_plan.Workload.PromptLength, "token")}"
            : $"one token against {Words.Count(_plan.Context(layout).Length, "position")}";
        string title = layout.Id.ToTitle(), reach = layout.Phase == PhaseKind.Prefill
            ? $"{Words.Number(_plan.Workload.PromptLength)} tokens each" : $"at {Words.Number(_plan.Context(layout).Length)} positions";
        _sheet.Text([$"{title}: {batch}, {length}", $"{title}: {sequences}, {length}", $"{title}: {sequences}, {reach}",
            $"{title}: {batch}", $"{title}: {sequences}, {Words.Count(passes, "pass")}",
            $"{title}: {sequences}", title], band.X + 14, band.Y + 23, band.Width - 28, TextLook.Section);

        double width = Math.Min(MostColumn, (band.Width - 28 - (Gutter * (columns.Count - 1))) / columns.Count), top = band.Y + BandHead,
            bottom = band.Bottom - 10;
        double heads = columns.Max(column => column.Groups.Count(group => group.Heading.Length > 0) * GroupHead);
        double height = Math.Min(MostBlock, (bottom - top - ColumnHead - heads - 12) / columns.Max(column => column.Rows));
        for (int i = 0; i < columns.Count; i++)
        {
            double left = band.X + ((band.Width - (columns.Count * (width + Gutter)) + Gutter) / 2);
            var box = new Box(left + (i * (width + Gutter)), top, width,
                Math.Min(bottom - top, ColumnHead + heads + 12 + (height * columns.Max(column => column.Rows))));
            double end = Draw(layout, columns[i], box, height);
            if (columns[i].Message > 0 && i + 1 < columns.Count)
                DrawMessage(layout, columns[i], box, end);
        }
    }

    /// <returns>The middle of the last block, where the message to the next stage leaves.</returns>
    private double Draw(PhaseLayout layout, StageColumn column, Box box, double height)
    {
        DagStage first = layout.Stages[column.First - 1], last = layout.Stages[column.Last - 1];
        GpuSet gpus = GpuSet.UnionAll(layout.Stages.Skip(column.First - 1).Take(column.Last - column.First + 1)
            .Select(stage => stage.Gpus));
        int count = column.Last - column.First + 1;
        string name = count == 1 ? Words.Invariant($"Stage {column.First}")
            : Words.Invariant($"Stages {column.First}-{column.Last}, {count} x");
        Ink ink = Ink.OfStage(column.First);
        bool over = _subject.Fullest.Any(memory => memory.Phase == layout.Id && memory.Stage >= column.First
            && memory.Stage <= column.Last && !memory.Fits);
        using (_sheet.Group($"{layout.Id.ToTitle()} {name}: layers {first.FirstLayer}-{last.LastLayer} on {Amount.Gpus(gpus)}",
            ("phase", layout.Id.ToName()), ("stage", Words.Invariant($"{column.First}")), ("gpus", gpus.ToString())))
        {
            _sheet.Rect(box, over ? Ink.BadGround : Ink.Ground, over ? Ink.Bad : ink, over ? 3 : 1.5, 4);
            _sheet.Text(over ? name + ": over its memory" : name, box.X + 10, box.Y + 18, box.Width - 20,
                TextLook.Strong.In(over ? Ink.BadText : ink));
            string where = Amount.Gpus(gpus), many = Words.Count(gpus.Count, "GPU");
            if (count == layout.Stages.Count && column.Message > 0)
            {
                string message = $"; {Amount.Bytes(column.Message)} to the next stage";
                (where, many) = (where + message, many + message);
            }

            _sheet.Text([where, many], box.X + 10, box.Y + 34, box.Width - 20, TextLook.SmallQuiet);
            double y = box.Y + ColumnHead, gap = Math.Clamp(height * 0.25, 3, 13);
            double? above = null;
            for (int i = 0; i < column.Groups.Count; i++)
            {
                (string heading, IReadOnlyList<LayerBlock> blocks) = column.Groups[i];
                if (heading.Length > 0)
                {
                    string[] parts = heading.Split('|');
                    string text = count == 1 ? parts[0] : $"{parts[1]} in {(column.Varies ? "most" : "each")}";
                    _sheet.Rect(new Box(box.X + 5, y + 1, box.Width - 10, GroupHead + (height * blocks.Count) - gap + 3), Ink.Panel,
                        Ink.Frame, 0.8, 3);
                    _sheet.Text(text, box.X + 12, y + 15, box.Width - 70, TextLook.SmallStrong);
                    if (count == 1)
                        _sheet.Text(parts[1], box.Right - 12, y + 15, 60, TextLook.SmallStrong.ToRight);
                    y += GroupHead;
                }

                foreach (LayerBlock block in blocks)
                {
                    var at = new Box(box.X + 12, y, box.Width - 24, height - gap);
                    if (above is double from)
                        _sheet.Add(new LineMark([at.X + (at.Width / 2), from, at.X + (at.Width / 2), at.Y], Ink.Of(EdgeKind.Data),
                            1.2) { Arrow = gap >= RoomForArrow });
                    DrawBlock(block, at);
                    above = at.Bottom;
                    y += height;
                }

                above = heading.Length > 0 || (i + 1 < column.Groups.Count && column.Groups[i + 1].Heading.Length > 0) ? null : above;
            }

            return y - (height / 2) - (gap / 2);
        }
    }

    private void DrawBlock(LayerBlock block, Box box)
    {
        (Ink fill, Ink line) = Ink.Of(block.Kind);
        NodeShape shape = block.Kind.ToShape();
        using (_sheet.Group(block.Spoken))
        {
            if (shape == NodeShape.Box)
                _sheet.Rect(box, fill, line, 1.2, 3);
            else
                _sheet.Add(new ShapeMark(box, shape == NodeShape.Ellipse, fill, line, 1.2));
            double x = box.X + (box.Width / 2), middle = box.Y + (box.Height / 2), room = shape == NodeShape.Ellipse ? box.Width * 0.82
                : box.Width - 10;
            TextLook detail = TextLook.Small.In(block.Crosses ? Ink.Crossing : Ink.Text);
            if (box.Height < 29)
            {
                Line([$"{block.Name} · {block.Detail}", $"{block.Brief} · {block.Detail}", block.Brief], middle + 4,
                    TextLook.SmallStrong);
                return;
            }

            Line([block.Name, block.Brief], middle - 2, TextLook.SmallStrong);
            Line([block.Detail], middle + 12, detail);

            void Line(IReadOnlyList<string> wordings, double y, TextLook look) => _sheet.Text(wordings, x, y, room, look.Centred);
        }
    }

    private void DrawMessage(PhaseLayout layout, StageColumn column, Box box, double y)
    {
        string bytes = Amount.Bytes(column.Message);
        using (_sheet.Group($"Pipeline Send/Recv from stage {column.Last} to {column.Last + 1}: {bytes} a micro-batch",
            ("op", "pipeline_send_recv"), ("phase", layout.Id.ToName())))
        {
            double middle = box.Right + (Gutter / 2);
            _sheet.Add(new LineMark([box.Right, y, box.Right + Gutter, y], Ink.Of(EdgeKind.Pipeline),
                Theme.WidthOf(EdgeKind.Pipeline)) { Arrow = true });
            TextLook look = TextLook.SmallStrong.In(new Ink("l-pipeline", Theme.LabelOf(EdgeKind.Pipeline))).Centred;
            _sheet.Text(bytes, middle, y - 8, Gutter - 6, look);
            _sheet.Text("Send/Recv", middle, y + 18, Gutter - 6, look with { Bold = false });
        }
    }
}
