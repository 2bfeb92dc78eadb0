using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.TrafficMatrix;

/// <summary>P7: what crosses nodes. A matrix of nodes for each phase and for the hand-off, and below them which axis it comes
/// from.</summary>
internal sealed class TrafficPicture
{
    private const int MostBlocks = 64;

    // As many as have room for their titles beside one another.
    private const int MostMatrices = 4;

    private const double HeadWidth = 50, HeadHeight = 56, Gap = 34, LeastRoom = 240, PlainCell = 96, MostCell = 320, MostZoom = 1.4;

    private readonly Sheet _sheet;
    private readonly PictureSubject _subject;

    private TrafficPicture(Sheet sheet, PictureSubject subject)
    {
        _sheet = sheet;
        _subject = subject;
    }

    public static Sheet Draw(PictureSubject subject)
    {
        Sheet sheet = Heading.Open(
            subject,
            "what crosses nodes",
            Heading.Facts(subject.Plan),
            "Matrices of bytes from node to node in one step of each phase and in the hand-off, and a table of the axes that they "
                + "come from.");
        new TrafficPicture(sheet, subject).Draw();
        return sheet;
    }

    private void Draw()
    {
        PhaseKind[] kinds = [.. _subject.Plan.Phases.Select(layout => layout.Phase).Distinct()];
        (string Title, NodeTraffic Traffic)[] all = Matrices(_subject.Plan.Phases.Select(layout =>
            ($"One {layout.Id.ToName()} step", (Func<PhaseLayout, bool>)(own => own == layout))));
        if (all.Length > MostMatrices)
        {
            all = Matrices(kinds.Select(kind =>
                ($"One {kind.ToName()} step, all sets", (Func<PhaseLayout, bool>)(own => own.Phase == kind))));
        }

        IReadOnlyList<Conversation> talks = [.. _subject.Conversations.OrderByDescending(talk => talk.CrossingBytes)
            .ThenByDescending(talk => talk.WireBytes)];
        double table = Math.Clamp(86 + (22 * talks.Count), 120, 330);
        double high = HeadHeight + table + (PlainCell * all.Select(entry => Math.Max(entry.Traffic.Height, entry.Traffic.Width))
                .DefaultIfEmpty(1).Max()),
            wide = all.Sum(entry => HeadWidth + Gap + Math.Max(PlainCell * entry.Traffic.Width, LeastRoom));
        double zoom = Math.Min(Zoom.Filling(high, Sheet.Body.Height, MostZoom), Zoom.Filling(wide, Sheet.Body.Width, MostZoom));
        using IDisposable larger = _sheet.Enlarge(Sheet.Body, zoom, out Box body);
        double side = Math.Min((body.Width - (Gap * (all.Length - 1)) - (HeadWidth * all.Length)) / Math.Max(1, all.Length),
            body.Height - table - HeadHeight);
        double x = body.X, bottom = body.Y;
        foreach ((string title, NodeTraffic traffic) in all)
        {
            double cell = Math.Min(MostCell, side / Math.Max(traffic.Height, traffic.Width));
            Draw(title, traffic, x, body.Y, cell);
            x += HeadWidth + Math.Max(cell * traffic.Width, LeastRoom) + Gap;
            bottom = Math.Max(bottom, body.Y + HeadHeight + (cell * traffic.Height));
        }

        if (all.Length == 0)
            _sheet.Text("Nothing is sent: every phase runs on one GPU.", body.X, body.Y + 30, body.Width, TextLook.Section);
        else
            DrawTable(talks, body with { Y = bottom + 8, Height = body.Bottom - bottom - 8 });
    }

    /// <summary>The matrices that are not empty: of phases, or of their sets of instances, and of the hand-off.</summary>
    private (string Title, NodeTraffic Traffic)[] Matrices(IEnumerable<(string Title, Func<PhaseLayout, bool> Has)> phases) =>
    [
        .. phases.Select(phase => (phase.Title, NodeTraffic.Of(
                _subject.Plan, exchange => exchange.Kind != EdgeKind.Kv && phase.Has(exchange.Layout), MostBlocks)))
            .Append(("Hand-off to decode, once", NodeTraffic.Of(_subject.Plan, exchange => exchange.Kind == EdgeKind.Kv, MostBlocks)))
            .Where(entry => entry.Item2.Most > 0),
    ];

    private void Draw(string title, NodeTraffic traffic, double x, double y, double cell)
    {
        (int firstRow, int endRow) = (traffic.Rows.Start.Value, traffic.Rows.End.Value);
        (int firstColumn, int endColumn) = (traffic.Columns.Start.Value, traffic.Columns.End.Value);
        double left = x + HeadWidth, top = y + HeadHeight, width = cell * (endColumn - firstColumn), height = cell * (endRow - firstRow),
            most = traffic.Most;
        double room = Math.Max(width + HeadWidth, LeastRoom);
        string noun = NodeUnit.Noun(_subject.Plan.Cluster);
        string unit = traffic.NodesPerBlock == 1 ? $"a {noun} a row" : Words.Invariant($"{traffic.NodesPerBlock} {noun}s a row");
        _sheet.Text(title, x, y + 16, room, TextLook.Section);
        _sheet.Text([$"from {noun} (rows) to {noun} (columns), {unit}", $"from rows to columns, {unit}"], x, y + 34, room,
            TextLook.SmallQuiet);
        _sheet.Rect(new Box(left, top, width, height), Ink.Panel, Ink.Frame, 0.8);
        double label = FontMetrics.Width(Words.Invariant($"{traffic.Blocks * traffic.NodesPerBlock}"), 11) + 6;
        int everyColumn = Math.Max(1, (int)Math.Ceiling(label / cell)), everyRow = Math.Max(1, (int)Math.Ceiling(16 / cell));
        for (int i = firstColumn; i < endColumn; i += everyColumn)
            _sheet.Text(Words.Invariant($"{i * traffic.NodesPerBlock}"), left + ((i - firstColumn + 0.5) * cell), top - 5,
                Math.Max(label, cell), TextLook.SmallQuiet.Centred);
        for (int i = firstRow; i < endRow; i += everyRow)
            _sheet.Text(Words.Invariant($"{i * traffic.NodesPerBlock}"), left - 6, top + ((i - firstRow + 0.5) * cell) + 4, HeadWidth - 8,
                TextLook.SmallQuiet.ToRight);
        for (int from = firstRow; from < endRow; from++)
        {
            for (int to = firstColumn; to < endColumn; to++)
            {
                if (traffic[from, to] > 0)
                    DrawCell(traffic, from, to, new Box(left + ((to - firstColumn) * cell), top + ((from - firstRow) * cell), cell, cell),
                        most);
            }
        }
    }

    private void DrawCell(NodeTraffic traffic, int from, int to, Box box, double most)
    {
        double bytes = traffic[from, to], depth = Heat.Depth(1 - (Math.Log10(most / bytes) / 4));
        bool inside = from == to && traffic.NodesPerBlock == 1;
        string text = Amount.Bytes((Int128)bytes);
        string noun = NodeUnit.Noun(_subject.Plan.Cluster);
        string spoken = from == to ? Words.Invariant($"inside {noun} {from * traffic.NodesPerBlock}: {text}")
            : Words.Invariant($"{noun} {from * traffic.NodesPerBlock} to {noun} {to * traffic.NodesPerBlock}: {text}");
        int wide = traffic.NodesPerBlock * NodeUnit.Size(_subject.Plan.Cluster);
        GpuSet senders = GpuSet.Range(from * wide, Math.Min((from + 1) * wide, _subject.Plan.Cluster.Gpus) - 1);
        using (_sheet.Group(spoken, ("from-node", Words.Invariant($"{from}")), ("to-node", Words.Invariant($"{to}")),
            ("gpus", senders.ToString())))
        {
            _sheet.Add(new RectMark(box.Inset(box.Width > 8 ? 0.5 : 0), inside ? Ink.Good : Ink.Crossing, null, 1, 0) { Opacity = depth });
            TextLook look = TextLook.Small.In(Heat.TextOn(depth)).Centred;
            if (Sheet.Fits(text, box.Width - 4, look))
                _sheet.Text(text, box.X + (box.Width / 2), box.Y + (box.Height / 2) + 4, box.Width - 4, look);
        }
    }

    private void DrawTable(IReadOnlyList<Conversation> talks, Box box)
    {
        double y = box.Y + 30, bar = Math.Min(560, box.Width - 900), most = talks.Max(talk => (double)talk.WireBytes);
        double[] columns = [box.X, box.X + 200, box.X + 300, box.X + 560, box.X + 660, box.X + 660 + bar + 16, box.X + 660 + bar + 130];
        string[][] heads = [["where it comes from"], ["phase"], ["collectives and groups"], ["bytes a step"],
            ["inside nodes (green), between nodes (orange); root scale", "inside (green), between nodes (orange)", "inside, between nodes"],
            ["crossing"], ["time on a GPU"]];
        for (int i = 0; i < heads.Length; i++)
            _sheet.Text(heads[i], columns[i], y, (i + 1 < columns.Length ? columns[i + 1] : box.Right) - columns[i] - 8,
                TextLook.SmallStrong.In(Ink.Muted));
        _sheet.Line(Ink.Frame, 0.7, box.X, y + 6, box.Right, y + 6);
        double step = Math.Clamp((box.Bottom - y - 34) / talks.Count, 22, 72);
        foreach (Conversation talk in talks.Take((int)((box.Bottom - y - 34) / step)))
        {
            y += step;
            Ink ink = talk.CrossingBytes > 0 ? Ink.Crossing : Ink.Good;
            using (_sheet.Group($"{talk.Title}: {Amount.Bytes(talk.CrossingBytes)} of {Amount.Bytes(talk.WireBytes)} between nodes",
                ("axis", talk.Kind == EdgeKind.Data ? talk.Axes : talk.Kind.ToName())))
            {
                _sheet.Text(talk.Title, columns[0], y, 192, TextLook.Strong);
                _sheet.Text(talk.Kind == EdgeKind.Kv ? "hand-off" : talk.Phase.ToName(), columns[1], y, 92, TextLook.Quiet);
                _sheet.Text([$"{talk.Collectives}, {talk.GroupTexts[^1]}", talk.GroupTexts[^1]], columns[2], y, 252, TextLook.Quiet);
                _sheet.Text(Amount.Bytes(talk.WireBytes), columns[3], y, 92, TextLook.Body);
                double width = bar * Math.Sqrt((double)talk.WireBytes / most), crossing = talk.WireBytes == 0 ? 0
                    : width * (double)talk.CrossingBytes / (double)talk.WireBytes;
                _sheet.Rect(new Box(columns[4], y - 11, Math.Max(0, width - crossing), 13), Ink.Good);
                _sheet.Rect(new Box(columns[4] + width - crossing, y - 11, crossing, 13), Ink.Crossing);
                _sheet.Text(talk.CrossingBytes > 0 ? Amount.Bytes(talk.CrossingBytes) : "nothing", columns[5], y, 106,
                    TextLook.Strong.In(ink));
                _sheet.Text(Amount.Seconds(talk.Seconds), columns[6], y, box.Right - columns[6], TextLook.Body);
            }
        }

        _sheet.Text(
            "All-to-All evenly between members; gathers and reductions round a ring in the order of the group. Cells deepen with the "
                + "logarithm of bytes, down to a ten-thousandth of the most.",
            box.X, box.Bottom - 4, box.Width, TextLook.SmallQuiet);
    }
}
