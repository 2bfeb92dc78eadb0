using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>One GPU of the map. What does not fit its cell is in its title.</summary>
internal sealed class MapCell
{
    // From this height on a cell tells each part of its memory.
    private const double WholeHeight = 200, MostScale = 3;

    private readonly Sheet _sheet;
    private readonly PictureSubject _subject;
    private readonly DeploymentPlan _plan;
    private readonly long _capacity;

    // Of the GPU that tells most, so that all cells have text of one size.
    private readonly Lazy<int> _mostLines;

    public MapCell(Sheet sheet, PictureSubject subject)
    {
        (_sheet, _subject, _plan, _capacity) = (sheet, subject, subject.Plan, subject.Plan.Cluster.CapacityBytes);
        _mostLines = new(() => subject.Memory.Max(gpu =>
            Lines([.. subject.RolesOf(gpu.Key)], gpu.Value, over: false, whole: true).Count()));
    }

    public void Draw(Box box, int gpu)
    {
        GpuRole[] roles = [.. _subject.RolesOf(gpu)];
        string name = Words.Invariant($"GPU {gpu}");
        if (roles.Length == 0)
        {
            using (_sheet.Group($"{name}: idle", ("gpu", Words.Invariant($"{gpu}"))))
            {
                _sheet.Add(new RectMark(box, Ink.Ground, Ink.Frame, 1, 3) { Dashed = true });
                _sheet.Text(name, box.X + 7, box.Y + 15, box.Width - 14, TextLook.SmallQuiet);
                if (box.Height > 40)
                    _sheet.Text("idle", box.X + 7, box.Y + 30, box.Width - 14, TextLook.SmallQuiet);
                Mark(box, gpu);
            }

            return;
        }

        GpuMemory memory = _subject.Memory[gpu];
        bool over = memory.TotalBytes > _capacity;
        using (_sheet.Group(Spoken(gpu, roles, memory), Keys(gpu, roles)))
        {
            _sheet.Rect(box, over ? Ink.BadGround : Ink.Ground, over ? Ink.Bad : Ink.OfStage(roles[0].Stage), over ? 2.5 : 1.5, 3);
            DrawText(box, name, roles, memory, over);
            Mark(box, gpu);
        }
    }

    /// <summary>A frame around what is other than in the plan that this one is compared with.</summary>
    private void Mark(Box box, int gpu)
    {
        if (_subject.HasChanged(gpu))
            _sheet.Add(new RectMark(box.Inset(-1.5, -1.5), null, Ink.Changed, 3, 4));
    }

    private static IReadOnlyList<(string, string)> Keys(int gpu, GpuRole[] roles) =>
    [
        ("gpu", Words.Invariant($"{gpu}")),
        .. roles.Select(role => (role.Phase.Kind == PhaseKind.Prefill ? "prefill-stage" : "decode-stage",
            Words.Invariant($"{role.Stage}"))),
    ];

    private string Spoken(int gpu, GpuRole[] roles, GpuMemory memory)
    {
        IEnumerable<string> parts = roles.Select(role =>
        {
            string experts = role.Experts(_plan) is { IsEmpty: false } held ? $", experts {held}" : "";
            string at = role.Coordinates.Length == 0 ? "" : $", {role.Coordinates}";
            return Words.Invariant($"{role.Phase.ToName()} stage {role.Stage}{at}{experts}");
        });
        return Words.Invariant($"GPU {gpu}: {string.Join("; ", parts)}; {Bytes(memory.TotalBytes)} of {Bytes(_capacity)} (weights ")
            + $"{Bytes(memory.WeightBytes)}, cache {Bytes(memory.CacheBytes)}, activations {Bytes(memory.ActivationBytes)})";
    }

    private void DrawText(Box box, string name, GpuRole[] roles, GpuMemory memory, bool over)
    {
        // Text grows with the cell; the smallest cells show the number alone.
        (IReadOnlyList<string> Texts, Ink Ink)[] lines =
            [.. Lines(roles, memory, over, box.Height > WholeHeight)];
        double scale = Math.Clamp(Math.Min(box.Width / 122, box.Height / 84), 1, MostScale);
        if (box.Height > WholeHeight)
            scale = Math.Clamp(((box.Height * 0.8) - 12) / (15.5 * (_mostLines.Value + 1.3)), 1, scale);
        double size = 11 * scale, step = 15.5 * scale;
        TextLook small = new(size, Ink.Text), strong = new(size + 1, Ink.Text, Bold: true);
        bool low = box.Height < 50;
        if (low)
            step = 13;
        Box inner = box.Inset(box.Width < 70 ? 4 : 7, 4);
        double y = box.Y + step, badges = DrawBadges(box, roles, size);
        _sheet.Text([name, name[4..]], inner.X, y, inner.Width - badges, strong);
        double bar = low ? 4 : box.Height > WholeHeight ? Math.Min(120, box.Height / 5) : Math.Min(9 * scale, box.Height / 5),
            barTop = box.Bottom - bar - (low ? 4 : 7);
        int room = Math.Max(0, (int)((barTop - (low ? 1 : 4) - y) / step + 0.25));
        if (room == 1 && lines.Length > 1)
        {
            string first = lines[0].Texts[0];
            IReadOnlyList<string> second = lines[1].Texts.Count > 1 ? [.. lines[1].Texts.Skip(1)] : lines[1].Texts;
            _sheet.TextIfFits([$"{first} {second[0]}", .. second, first], inner.X, y + step, inner.Width, small);
        }
        else
        {
            foreach ((IReadOnlyList<string> texts, Ink ink) in lines.Take(room))
            {
                y += step;
                _sheet.TextIfFits(texts, inner.X, y, inner.Width, small.In(ink));
            }
        }

        MemoryBar.Draw(_sheet, new Box(inner.X, barTop, inner.Width, bar), memory, _capacity);
    }

    private IEnumerable<(IReadOnlyList<string> Texts, Ink Ink)> Lines(GpuRole[] roles, GpuMemory memory, bool over, bool whole)
    {
        string held = Bytes(memory.TotalBytes), most = Bytes(_capacity), unit = most[^4..];
        string[] used = [$"{held} of {most}", held.EndsWith(unit, StringComparison.Ordinal) ? $"{held[..^4]} of {most}" : held, held];
        if (over)
            yield return (used, Ink.BadText);
        foreach (GpuRole role in roles)
        {
            // A decode that sits where prefill's rank with the same coordinates is needs no second line.
            if (role != roles[0] && _plan.SharesWeights)
                break;
            string phase = role.Phase.Set > 0 || (_plan.Phases.Count > 1 && !_plan.SharesWeights) ? role.Letter + " " : "";
            if (phase.Length + role.Coordinates.Length > 0)
                yield return ([phase + role.Coordinates], Ink.Text);
            if (role.Experts(_plan) is { IsEmpty: false } experts)
                yield return (ExpertWords.Of(experts), Ink.OfStage(role.Stage));
        }

        if (!over)
            yield return (used, Ink.Muted);
        if (!whole)
            yield break;
        yield return ([$"weights {Bytes(memory.WeightBytes)}"], Ink.Weights);
        yield return ([$"cache {Bytes(memory.CacheBytes)}"], Ink.Cache);
        yield return ([$"activations {Bytes(memory.ActivationBytes)}", $"activ. {Bytes(memory.ActivationBytes)}"], Ink.Text);
        if (!over)
            yield return ([$"free {Bytes(_capacity - memory.TotalBytes)}"], Ink.Text);
    }

    // Decode beside prefill on one GPU.
    private double DrawBadges(Box box, GpuRole[] roles, double size)
    {
        GpuRole? decode = roles.FirstOrDefault(role => role.Phase.Kind == PhaseKind.Decode);
        if (decode is null || roles.Length < 2 || box.Width < 60 || box.Height < 34)
            return 0;
        string text = Words.Invariant($"D{decode.Stage}");
        double width = FontMetrics.Width(text, size, bold: true) + 10;
        bool low = box.Height < 50;
        var badge = new Box(box.Right - width - 4, box.Y + (low ? 1.5 : 4), width, size + (low ? 2 : 4));
        _sheet.Rect(badge, Ink.OfStage(4), radius: 2);
        _sheet.Text(
            text, badge.X + (width / 2), badge.Y + size - (low ? 0.5 : 0), width,
            new TextLook(size, Ink.OnColour, Bold: true, TextAnchor.Middle));
        return width + 4;
    }

    private static string Bytes(long bytes) => Amount.Bytes(bytes);
}
