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

            double right = to.Length > 1 ? to[1] - Indent : Sheet.Body.Right - Indent;
            sheet.Text(texts, to[0] + 16, ((top + bottom) / 2) + (to.Length > 1 || from.Length > 1 ? 10 : 5), right - to[0] - 16,
                TextLook.Strong.In(new Ink("l-kv", Theme.LabelOf(EdgeKind.Kv))));
        }

        void Line(double x, double y, double endX, double endY, bool arrow) =>
            sheet.Add(new LineMark([x, y, endX, endY], Ink.Of(EdgeKind.Kv), 2.6) { Arrow = arrow,
                Dashes = string.Join(' ', Theme.DashesOf(EdgeKind.Kv).ToArray()) });
    }

    private static IReadOnlyList<string> Texts(DeploymentPlan plan, Conversation[] talks)
    {
        if (talks.Length == 0)
            return ["The KV cache stays where it is: decode runs on the GPUs that hold it."];
        string bytes = Amount.Bytes(talks.Aggregate((Int128)0, (sum, talk) => sum + talk.WireBytes)),
            where = NodeUnit.Where(plan.Cluster, talks.Select(talk => talk.Widest).MaxBy(span => (span.Level, span.Domains, span.Nodes)));
        string pairs = $"KV hand-off: {bytes} over {Words.Count(talks.Sum(talk => talk.Groups), "pair")} of GPUs";
        return [$"{pairs}, {Words.Count(plan.Model.Layers.Count, "layer")}, {where}", pairs, $"KV hand-off: {bytes}"];
    }
}
