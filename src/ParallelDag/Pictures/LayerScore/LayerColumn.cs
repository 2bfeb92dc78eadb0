using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Operators;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.LayerScore;

/// <summary>One layer of one phase.</summary>
internal sealed class LayerColumn
{
    private const double HeadHeight = 62, GutterWidth = 46, WideInfo = 178, NarrowInfo = 136, LeastWide = 500,
        EndHeight = 20, PlainRow = 62, MostRow = 96;

    private readonly Sheet _sheet;
    private readonly DeploymentPlan _plan;
    private readonly PhaseLayout _layout;
    private readonly int _layer;
    private readonly int _alike;
    private readonly OperatorProgram _program;
    private readonly int[] _gpus;
    private readonly StepTime[] _times;
    private readonly StepChanges? _changes;

    public LayerColumn(Sheet sheet, DeploymentPlan plan, PhaseLayout layout, DeploymentPlan? before = null)
    {
        _sheet = sheet;
        _plan = plan;
        _layout = layout;
        PhaseSections sections = plan.Sections(layout);

        // The kind that most layers have; a layer between others shows both of its neighbours.
        IGrouping<int, int> kind = Enumerable.Range(1, plan.Model.Layers.Count).GroupBy(layer => plan.Model.KindOfLayer[layer - 1])
            .OrderByDescending(layers => layers.Count()).ThenByDescending(layers => sections.Kinds[layers.Key].Steps.Count).First();
        _layer = kind.FirstOrDefault(layer => layout.StageOf(layer) > 1, kind.First());
        _alike = kind.Count();
        _program = sections.Layer(_layer);
        _gpus = layout.StageGpus[layout.StageOf(_layer) - 1];
        _times = [.. _program.Steps.Select(step => StepTime.Of(_program, step, plan.TimeModel, _gpus))];
        _changes = StepChanges.Of(before, layout.Id, _layer);
    }

    /// <summary>The operators that are other than in the plan that this one is compared with.</summary>
    public IReadOnlyList<string> Changed => _changes is not { } changes ? []
        : [.. _program.Steps.Where((step, index) => changes.Has(step, _times[index])).Select(step => step.Name)];

    /// <summary>The operators that are there in that plan alone.</summary>
    public IReadOnlyList<string> Gone => _changes?.Gone(_program) ?? [];

    /// <summary>How high it is with rows of plain size.</summary>
    public double Height => HeadHeight + (2 * EndHeight) + 16 + (PlainRow * _program.Steps.Count);

    public void Draw(Box box)
    {
        DrawHead(box);
        double info = box.Width < LeastWide ? NarrowInfo : WideInfo;
        int count = _program.Steps.Count;
        double top = box.Y + HeadHeight, height = Math.Min(MostRow, (box.Bottom - top - (2 * EndHeight) - 16) / count),
            gap = Math.Clamp(height * 0.28, 6, 15);
        var lanes = new Box(box.X + GutterWidth, top + EndHeight + gap, box.Width - GutterWidth - info, 0);
        Box[] rows = [.. Enumerable.Range(0, count).Select(i => lanes with { Y = lanes.Y + (i * height), Height = height - gap })];
        double end = rows[^1].Bottom + gap;
        DrawEnd(lanes with { Y = top, Height = EndHeight }, _layer == 1 ? "from the embedding"
            : Words.Invariant($"from layer {_layer - 1}"));
        DrawEnd(lanes with { Y = end, Height = EndHeight }, _layer == _plan.Model.Layers.Count ? "to the final norm"
            : Words.Invariant($"to layer {_layer + 1}"));
        DrawEdges(rows, top + EndHeight, end);
        double most = Math.Max(_times.Max(time => time.Seconds), 1e-12);
        for (int i = 0; i < count; i++)
        {
            OperatorStep step = _program.Steps[i];
            StepRow.Draw(_sheet, rows[i], step, _layout, _gpus);
            if (_changes?.Has(step, _times[i]) ?? false)
                _sheet.Add(new RectMark(rows[i].Inset(-4, -2), null, Ink.Changed, 2.6, 4));
            DrawInfo(step, _times[i], new Box(lanes.Right + 12, rows[i].Y, info - 12, rows[i].Height), most);
        }
    }

    private void DrawHead(Box box)
    {
        int stage = _layout.StageOf(_layer);
        string alike = _alike == 1 ? "" : Words.Invariant($", one of {_alike} alike");
        string where = _layout.Stages.Count == 1 ? "" : Words.Invariant($" on stage {stage}");
        double whole = Math.Max(_times.Sum(time => time.Seconds), 1e-12);
        double crossing = _times.Where(time => time.Span.Level != LinkLevel.Domain).Sum(time => time.Seconds);
        double inside = _times.Where(time => time.Groups > 0 && time.Span.Level == LinkLevel.Domain).Sum(time => time.Seconds);
        string title = $"{_layout.Id.ToTitle()}: layer {_layer}";
        _sheet.Text([title + alike + where, title + where], box.X, box.Y + 16, box.Width, TextLook.Section);
        _sheet.Text(
            [$"{Amount.Gpus(_layout.Stages[stage - 1].Gpus)} · {Meshes.Axes.Describe(_layout.AxisDegrees)}",
                Words.Count(_gpus.Length, "GPU")],
            box.X, box.Y + 35, box.Width, TextLook.Quiet);
        string time = Amount.Seconds(whole), compute = Amount.Share((whole - crossing - inside) / whole),
            within = Amount.Share(inside / whole), across = Amount.Share(crossing / whole);
        _sheet.Text(
            [$"{time} a layer and micro-batch: {compute} compute, {within} inside a {NodeUnit.Noun(_plan.Cluster)}, {across} across",
                $"{time} a layer: {compute} compute, {within} inside, {across} across",
                $"{time}: {compute}, {within} inside, {across} across"],
            box.X, box.Y + 52, box.Width, TextLook.Quiet.In(crossing > whole / 2 ? Ink.BadText : Ink.Text));
    }

    private void DrawEnd(Box box, string text)
    {
        _sheet.Rect(box, Ink.Panel, Ink.Frame, 1, 9);
        _sheet.Text(text, box.X + (box.Width / 2), box.Y + 14, box.Width - 16, TextLook.SmallQuiet.Centred);
    }

    private void DrawInfo(OperatorStep step, StepTime time, Box box, double most)
    {
        Ink ink = time.Groups == 0 ? Ink.Weights : time.Span.Level == LinkLevel.Domain ? Ink.Good : Ink.Crossing;
        double bar = (box.Width - 70) * time.Seconds / most, middle = box.Y + (box.Height / 2);
        bool two = time.Groups > 0 && box.Height >= 29;
        double y = two ? middle - 3 : middle + 4;
        _sheet.Rect(new Box(box.X, y - 9, Math.Max(bar, 0.8), 10), ink);
        string seconds = Amount.Seconds(time.Seconds), where = NodeUnit.Where(_plan.Cluster, time.Span), bytes = Amount.Bytes(time.Bytes);
        IReadOnlyList<string> line = two || time.Groups == 0 ? [seconds] : [$"{seconds}, {bytes}, {where}", $"{seconds}, {bytes}", seconds];
        _sheet.Text(line, box.X + bar + 6, y, box.Right - box.X - bar - 6, TextLook.SmallStrong);
        if (two)
        {
            _sheet.Text([$"{bytes}, {where}", bytes], box.X, y + 15, box.Width,
                TextLook.Small.In(ink));
        }
    }

    private void DrawEdges(Box[] rows, double entry, double exit)
    {
        double middle = rows[0].X + (rows[0].Width / 2);
        var far = new List<(int From, int To, EdgeKind Kind)>();
        foreach (OperatorStep step in _program.Steps)
        {
            foreach (StepSource source in step.Sources)
            {
                int from = source.Producer?.Index ?? -1;
                if (far.Contains((from, step.Index, source.Kind)))
                    continue;
                if (from == step.Index - 1 && source.Kind == EdgeKind.Data)
                    Arrow([middle, from < 0 ? entry : rows[from].Bottom, middle, rows[step.Index].Y], EdgeKind.Data);
                else
                    far.Add((from, step.Index, source.Kind));
            }
        }

        Arrow([middle, rows[^1].Bottom, middle, exit], EdgeKind.Data);
        DrawFar(rows, entry, far);
    }

    // Edges past other rows run in the gutter: those from one operator, or into one, share a track, the innermost that is free from its
    // start to its end.
    private void DrawFar(Box[] rows, double entry, List<(int From, int To, EdgeKind Kind)> edges)
    {
        const double TrackWidth = 7;
        var ends = new List<int>();
        foreach ((int From, int To, EdgeKind Kind)[] trunk in Trunks(edges).OrderBy(trunk => trunk.Min(edge => edge.From))
            .ThenBy(trunk => trunk.Max(edge => edge.To)))
        {
            int first = trunk.Min(edge => edge.From), last = trunk.Max(edge => edge.To), track = ends.FindIndex(end => end < first);
            if (track < 0)
            {
                track = ends.Count;
                ends.Add(last);
            }
            else
                ends[track] = last;
            double left = rows[0].X, x = Math.Max(left - GutterWidth + 2, left - 10 - (track * TrackWidth));
            foreach ((int from, int to, EdgeKind kind) in trunk)
            {
                double start = from < 0 ? entry - (EndHeight / 2) : rows[from].Y + (rows[from].Height * 0.68),
                    end = rows[to].Y + (rows[to].Height * 0.32);
                Arrow([left, start, x, start, x, end, left, end], kind);
            }
        }
    }

    private static IEnumerable<(int From, int To, EdgeKind Kind)[]> Trunks(List<(int From, int To, EdgeKind Kind)> edges)
    {
        ILookup<bool, IGrouping<(int From, EdgeKind Kind), (int From, int To, EdgeKind Kind)>> sources =
            edges.GroupBy(edge => (edge.From, edge.Kind)).ToLookup(source => source.Skip(1).Any());
        return sources[true].Select(source => source.ToArray())
            .Concat(sources[false].SelectMany(source => source).GroupBy(edge => (edge.To, edge.Kind)).Select(target => target.ToArray()));
    }

    private void Arrow(double[] points, EdgeKind kind) => _sheet.Add(new LineMark(points, Ink.Of(kind), Looks.Theme.WidthOf(kind))
    {
        Arrow = true,
        Dashes = string.Join(' ', Looks.Theme.DashesOf(kind).ToArray()),
    });
}
