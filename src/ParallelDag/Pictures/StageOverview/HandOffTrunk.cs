using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.StageOverview;

/// <summary>The hand-off between the bands of prefill and those of decode: down from who gives, along between them, down to who
/// takes.</summary>
internal static class HandOffTrunk
{
    private const double Indent = 40, Head = 16;

    private const int MostLines = 9;

    /// <summary>Draws it with what it moves.</summary>
    public static void Draw(Sheet sheet, PictureSubject subject, IReadOnlyDictionary<PhaseId, Box> bands)
    {
        DeploymentPlan plan = subject.Plan;
        HandedSets[] pairs = [.. HandedSets.Of(plan)];
        Box[] above = [.. pairs.Select(pair => bands[pair.Prefill.Id]).Distinct().OrderBy(band => band.X)],
            below = [.. pairs.Select(pair => bands[pair.Decode.Id]).Distinct().OrderBy(band => band.X)];
        Conversation[] talks = [.. subject.Conversations.Where(talk => talk.Kind == EdgeKind.Kv)];
        IReadOnlyList<string> texts = Texts(plan, talks);
        using (sheet.Group(texts[0], ("op", "kv_transfer")))
        {
            double[] from = [.. above.Select(band => band.X + Indent)], to = [.. below.Select(band => band.X + Indent)];
            double top = above[0].Bottom, bottom = below[0].Y, middle = top + Head;
            if (from.Length == 1 && to.Length == 1 && from[0] == to[0])
            {
                Line(from[0], top, from[0], bottom, true);
            }
            else
            {
                foreach (double x in from)
                    Line(x, top, x, middle, false);
                Line(Math.Min(from[0], to[0]), middle, Math.Max(from[^1], to[^1]), middle, false);
                foreach (double x in to)
                    Line(x, middle, x, bottom, true);
            }

            double right = to.Length > 1 ? to[1] - Indent : bands.Values.Max(band => band.Right) - Indent;
            sheet.Text(texts, to[0] + 16, ((top + bottom) / 2) + (to.Length > 1 || from.Length > 1 ? 10 : 5), right - to[0] - 16,
                TextLook.Strong.In(new Ink("l-kv", Theme.LabelOf(EdgeKind.Kv))));
        }

        void Line(double x, double y, double endX, double endY, bool arrow) =>
            sheet.Add(new LineMark([x, y, endX, endY], Ink.Of(EdgeKind.Kv), 2.6) { Arrow = arrow,
                Dashes = string.Join(' ', Theme.DashesOf(EdgeKind.Kv).ToArray()) });
    }

    /// <summary>Draws it from a band to the one beside it, with what it moves in a few words a line.</summary>
    public static void DrawBeside(Sheet sheet, PictureSubject subject, Box from, Box to)
    {
        Conversation[] talks = [.. subject.Conversations.Where(talk => talk.Kind == EdgeKind.Kv)];
        TextLook look = TextLook.Strong.In(new Ink("l-kv", Theme.LabelOf(EdgeKind.Kv))).Centred;
        double room = to.X - from.Right - 16, x = (from.Right + to.X) / 2, y = from.Y + (from.Height / 2), leading = look.Size * 1.4;
        string[] lines = [.. Parts(subject.Plan, talks).SelectMany(part => Paragraph.Wrap(part, room, look, MostLines))];
        using (sheet.Group(Texts(subject.Plan, talks)[0], ("op", "kv_transfer")))
        {
            for (int i = 0; i < lines.Length; i++)
                sheet.Text(lines[i], x, y - 10 - (leading * (lines.Length - 1 - i)), room, look);
            sheet.Add(new LineMark([from.Right, y, to.X, y], Ink.Of(EdgeKind.Kv), 2.6)
            {
                Arrow = true,
                Dashes = string.Join(' ', Theme.DashesOf(EdgeKind.Kv).ToArray()),
            });
        }
    }

    private static IReadOnlyList<string> Texts(DeploymentPlan plan, Conversation[] talks)
    {
        string[] parts = Parts(plan, talks);
        return parts.Length == 1 ? [$"{parts[0]}."] : [$"{parts[0]} {string.Join(", ", parts[1..])}", $"{parts[0]} {parts[1]}, {parts[2]}",
            $"{parts[0]} {parts[1]}"];
    }

    // What, how much, between whom, of which layers, how far.
    private static string[] Parts(DeploymentPlan plan, Conversation[] talks)
    {
        if (talks.Length == 0)
            return ["The KV cache stays where it is: decode runs on the GPUs that hold it"];
        string bytes = Amount.Bytes(talks.Aggregate((Int128)0, (sum, talk) => sum + talk.WireBytes)),
            where = NodeUnit.Where(plan.Cluster, talks.Select(talk => talk.Widest).MaxBy(span => (span.Level, span.Domains, span.Nodes)));
        string pairs = $"{Words.Count(talks.Sum(talk => talk.Groups), "pair")} of GPUs";
        return ["KV hand-off:", bytes, pairs, Words.Count(plan.Model.Layers.Count, "layer"), where];
    }
}
