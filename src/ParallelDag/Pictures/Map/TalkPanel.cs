using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>Who talks to whom in one step: per axis the collectives, their groups, bytes, time, and whether they leave a node; then the
/// key.</summary>
internal sealed class TalkPanel(Sheet sheet, PictureSubject subject)
{
    private const double KeyHeight = 176;

    public void Draw(Box box)
    {
        sheet.Rect(box, null, Ink.Frame, 0.8, 3);
        Conversation[] all = [.. subject.Conversations];
        int headings = all.Select(Heading).Distinct().Count();
        Box inner = box.Inset(16, 0);
        double y = box.Y + 28;
        if (all.Length == 0)
        {
            sheet.Text("Who talks to whom", inner.X, y, inner.Width, TextLook.Section);
            sheet.Text("Nobody: every phase runs on one GPU.", inner.X, y + 24, inner.Width, TextLook.Body);
        }

        double step = Math.Clamp((box.Height - KeyHeight - 30 - (headings * 30)) / Math.Max(1, all.Length), 34, 64);
        string? section = null;
        for (int i = 0; i < all.Length; i++)
        {
            Conversation talk = all[i];
            bool opens = Heading(talk) != section;
            if (y > box.Bottom - KeyHeight - 30 - (opens ? 30 : 0))
            {
                sheet.Text($"and {all.Length - i} more, which the picture of traffic lists", inner.X, y, inner.Width, TextLook.SmallQuiet);
                break;
            }

            if (opens)
            {
                if (section is not null)
                    y += 6;
                section = Heading(talk);
                sheet.Text(section, inner.X, y, inner.Width, TextLook.Section);
                y += 24;
            }

            Draw(talk, inner, y, step >= 50);
            y += step;
        }

        DrawKey(inner, box.Bottom - KeyHeight);
    }

    private static string Heading(Conversation talk) =>
        talk.Kind == EdgeKind.Kv ? "From prefill to decode, once" : $"Who talks to whom in one {talk.Phase.ToName()} step";

    private void Draw(Conversation talk, Box inner, double y, bool three)
    {
        double x = inner.X + 18;
        Ink ink = talk.Crosses ? Ink.Crossing : Ink.Good;
        string where = NodeUnit.Where(subject.Plan.Cluster, talk.Widest);
        string time = Amount.Seconds(talk.Seconds) + " on a GPU", bytes = Amount.Bytes(talk.WireBytes);
        IReadOnlyList<string> groups = talk.GroupTexts;
        string spoken = $"{talk.Title} ({talk.Phase.ToName()}): {talk.Collectives}, {groups[0]}, {bytes} on the wire a step, {time} "
            + $"of the slowest stage, {where}";
        using (sheet.Group(spoken, ("axis", talk.Kind == EdgeKind.Data ? talk.Axes : talk.Kind.ToName()), ("phase", talk.Phase.ToName())))
        {
            sheet.Add(new ShapeMark(new Box(inner.X, y - 10, 10, 10), Ellipse: true, ink, ink, 1));
            Pair([talk.Title], bytes, y, TextLook.Strong, TextLook.Strong);
            if (three)
            {
                Pair([talk.Collectives], where, y + 16, TextLook.Small, TextLook.SmallStrong.In(ink));
                Pair(groups, time, y + 31, TextLook.SmallQuiet, TextLook.Small);
            }
            else
                Pair(groups, where, y + 15, TextLook.SmallQuiet, TextLook.SmallStrong.In(ink));
        }

        void Pair(IReadOnlyList<string> left, string right, double at, TextLook leftLook, TextLook rightLook)
        {
            double width = FontMetrics.Width(right, rightLook.Size, rightLook.Bold) + 10;
            sheet.Text(left, x, at, inner.Right - x - width, leftLook);
            sheet.Text(right, inner.Right, at, width, rightLook.ToRight);
        }
    }

    private void DrawKey(Box inner, double y)
    {
        sheet.Line(Ink.Frame, 0.6, inner.X, y - 8, inner.Right, y - 8);
        sheet.Text("Key", inner.X, y + 14, inner.Width, TextLook.Section);
        double line = y + 36;
        (Ink Ink, string Text)[] left =
            [(Ink.Weights, "weights"), (Ink.Cache, "KV cache"), (Ink.Activations, "activations"),
                (Ink.Empty, "free, of capacity less reserve")];
        foreach ((Ink ink, string text) in left)
        {
            sheet.Rect(new Box(inner.X, line - 10, 16, 11), ink, Ink.Frame, 0.5);
            sheet.Text(text, inner.X + 24, line, inner.Width - 24, TextLook.Quiet.In(Ink.Text));
            line += 20;
        }

        sheet.Text("Frames: a colour a stage. Times: of the slowest stage.", inner.X, line + 2, inner.Width,
            TextLook.SmallQuiet);
        if (subject.Plan.Phases.FirstOrDefault(layout => layout.Id.Set > 0)?.Id is PhaseId set)
        {
            string letter = set.Kind == PhaseKind.Prefill ? "P1" : "D1";
            sheet.Text($"{letter}: {set.ToName()}, the first set of its instances", inner.X, line + 20, inner.Width, TextLook.SmallQuiet);
        }
        else if (subject.Plan.Phases.Count > 1 && subject.Plan.Cluster.Pool == PoolKind.Disaggregated)
            sheet.Text("P1, D1: stage 1 of prefill, of decode.", inner.X, line + 20, inner.Width, TextLook.SmallQuiet);

        if (subject.Plan.Phases.Count < 2 || subject.Plan.Cluster.Pool == PoolKind.Disaggregated)
            return;
        int stage = Math.Min(2, subject.Plan.Phases[^1].Stages.Count);
        string held = Words.Invariant($"decode stage {stage}")
            + (subject.Plan.SharesWeights ? " too; weights are held once" : " with weights of its own");
        sheet.Rect(new Box(inner.X, line + 10, 26, 15), Ink.OfStage(4), radius: 2);
        sheet.Text(Words.Invariant($"D{stage}"), inner.X + 13, line + 21.5, 26, TextLook.SmallStrong.In(Ink.OnColour).Centred);
        sheet.Text($"runs {held}", inner.X + 34, line + 22, inner.Width - 34, TextLook.Quiet.In(Ink.Text));
    }
}
