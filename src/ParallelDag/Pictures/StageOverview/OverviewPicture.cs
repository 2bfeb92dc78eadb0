using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.StageOverview;

/// <summary>
/// P5: what depends on what. A band per phase, sets of instances of one beside each other, a column per stage, at most seven blocks a layer;
/// messages between stages run in the gutter at their sender's height, the hand-off runs down. No line crosses another and none ends above
/// its start.
/// </summary>
internal sealed class OverviewPicture
{
    private const int MostColumns = 5;

    private const double RoomForArrow = 8;

    /// <summary>Beside other sets of instances a column is no narrower.</summary>
    private const double NarrowColumn = 130;

    private const double BandGap = 56, SetGap = 14, BandHead = 34, ColumnHead = 42, WideGutter = 96, NarrowGutter = 58, MostBlock = 56, GroupHead = 19;

    private readonly Sheet _sheet;
    private readonly PictureSubject _subject;
    private readonly DeploymentPlan _plan;

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
        Box body = Sheet.Body with { Height = Sheet.Body.Height - 22 };
        List<PhaseLayout>[] kinds = [.. _plan.Phases.GroupBy(layout => layout.Phase).Select(sets => sets.ToList())];
        for (int row = 0; row < kinds.Length; row++)
        {
            Box band = body.Row(row, kinds.Length, BandGap);
            for (int set = 0; set < kinds[row].Count; set++)
                Draw(kinds[row][set], band.Column(set, kinds[row].Count, SetGap));
            if (row > 0)
                DrawHandOff(body.Row(row - 1, kinds.Length, BandGap), band);
        }

        _sheet.Text(
            "A box is what a micro-batch passes, for each layer of its group; below the name what one GPU yields, of a collective all "
                + "its bytes on the wire. Titles tell the rest.",
            Sheet.Margin, Sheet.Height - Sheet.Margin, Sheet.Width - (2 * Sheet.Margin), TextLook.SmallQuiet);
    }

    private void Draw(PhaseLayout layout, Box band)
    {
        double gutter = band.Width > Sheet.Width / 2 ? WideGutter : NarrowGutter;
        int most = Math.Min(MostColumns, Math.Max(1, (int)((band.Width - 28 + gutter) / (NarrowColumn + gutter))));
        IReadOnlyList<StageColumn> columns = StageColumn.Of(_plan, layout, most);
        _sheet.Rect(band, Ink.Of(layout.Phase), Ink.Frame, 1.2, 6);
        int parts = layout.Workload.MicroBatches, passes = layout.Passes.Count;
        string chunks = passes == parts ? "" : $" of {Words.Count(passes / parts, "chunk")}";
        string batch = Words.Count(layout.Workload.Batch, "sequence")
            + (passes == 1 ? "" : $" in {Words.Count(parts, "micro-batch")}{chunks} (0-{passes - 1}), one after another");
        string length = layout.Phase == PhaseKind.Prefill ? $"a prompt of {Words.Count(_plan.Workload.PromptLength, "token")}"
            : $"one token against {Words.Count(_plan.Context(layout).Length, "position")}";
        string name = layout.Id.ToTitle();
        _sheet.Text([$"{name}: {batch}, {length}", $"{name}: {batch}", $"{name}: {Words.Count(layout.Workload.Batch, "sequence")}", name],
            band.X + 14, band.Y + 23, band.Width - 28, TextLook.Section);

        double width = Math.Min(560, (band.Width - 28 - (gutter * (columns.Count - 1))) / columns.Count), top = band.Y + BandHead,
            bottom = band.Bottom - 10;
        double heads = columns.Max(column => column.Groups.Count(group => group.Heading.Length > 0) * GroupHead);
        double height = Math.Min(MostBlock, (bottom - top - ColumnHead - heads - 12) / columns.Max(column => column.Rows));
        for (int i = 0; i < columns.Count; i++)
        {
            double left = band.X + ((band.Width - (columns.Count * (width + gutter)) + gutter) / 2);
            var box = new Box(left + (i * (width + gutter)), top, width,
                Math.Min(bottom - top, ColumnHead + heads + 12 + (height * columns.Max(column => column.Rows))));
            double end = Draw(layout, columns[i], box, height);
            if (columns[i].Message > 0)
                DrawMessage(layout, columns[i], box, end, gutter);
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
            _sheet.Text([Amount.Gpus(gpus), Words.Count(gpus.Count, "GPU")], box.X + 10, box.Y + 34, box.Width - 20, TextLook.SmallQuiet);
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
                Line([$"{block.Name} · {block.Detail}", block.Name], middle + 4, TextLook.SmallStrong);
                return;
            }

            Line([block.Name], middle - 2, TextLook.SmallStrong);
            Line([block.Detail], middle + 12, detail);

            void Line(IReadOnlyList<string> wordings, double y, TextLook look) => _sheet.Text(wordings, x, y, room, look.Centred);
        }
    }

    private void DrawMessage(PhaseLayout layout, StageColumn column, Box box, double y, double gutter)
    {
        string bytes = Amount.Bytes(column.Message);
        using (_sheet.Group($"Pipeline Send/Recv from stage {column.Last} to {column.Last + 1}: {bytes} a micro-batch",
            ("op", "pipeline_send_recv"), ("phase", layout.Id.ToName())))
        {
            double middle = box.Right + (gutter / 2);
            _sheet.Add(new LineMark([box.Right, y, box.Right + gutter, y], Ink.Of(EdgeKind.Pipeline),
                Theme.WidthOf(EdgeKind.Pipeline)) { Arrow = true });
            TextLook look = TextLook.SmallStrong.In(new Ink("l-pipeline", Theme.LabelOf(EdgeKind.Pipeline))).Centred;
            _sheet.Text(bytes, middle, y - 8, gutter - 6, look);
            _sheet.Text(["Send/Recv", "Send"], middle, y + 18, gutter - 6, look with { Bold = false });
        }
    }

    private void DrawHandOff(Box above, Box below)
    {
        Conversation[] talks = [.. _subject.Conversations.Where(talk => talk.Kind == EdgeKind.Kv)];
        if (talks.Length == 0)
        {
            string place = "The KV cache stays where it is: decode runs on the GPUs that hold it.";
            Trunk(above, below, place, place);
            return;
        }

        string where = NodeUnit.Where(_plan.Cluster, talks.MaxBy(talk => (talk.Widest.Level, talk.Widest.Domains, talk.Widest.Nodes))!.Widest);
        string bytes = Amount.Bytes(talks.Aggregate((Int128)0, (sum, talk) => sum + talk.WireBytes));
        string text = $"KV hand-off: {bytes} over {Words.Count(talks.Sum(talk => talk.Groups), "pair")} of GPUs, "
            + $"{Words.Count(_plan.Model.Layers.Count, "layer")}, {where}";
        Trunk(above, below, text, text);
    }

    private void Trunk(Box above, Box below, string text, string spoken)
    {
        using (_sheet.Group(spoken, ("op", "kv_transfer")))
        {
            double x = above.X + 40, middle = (above.Bottom + below.Y) / 2;
            _sheet.Add(new LineMark([x, above.Bottom, x, below.Y], Ink.Of(EdgeKind.Kv), 2.6) { Arrow = true,
                Dashes = string.Join(' ', Theme.DashesOf(EdgeKind.Kv).ToArray()) });
            _sheet.Text(text, x + 16, middle + 5, above.Width - 80, TextLook.Strong.In(new Ink("l-kv", Theme.LabelOf(EdgeKind.Kv))));
        }
    }
}
