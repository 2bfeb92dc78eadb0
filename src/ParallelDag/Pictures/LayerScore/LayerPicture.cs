using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.LayerScore;

/// <summary>
/// P4: one layer of each phase, operator by operator. Time runs downwards; what runs on different GPUs at once stands side by side, and
/// beside
/// every operator its bytes, its link and its time.
/// </summary>
internal static class LayerPicture
{
    private const int MostPhases = 4;

    private const double Gap = 40;

    public static Sheet Draw(PictureSubject subject)
    {
        DeploymentPlan plan = subject.Plan;
        Sheet sheet = Heading.Open(
            subject,
            "one layer, operator by operator",
            Heading.Facts(plan),
            "The operators of one layer of each phase from top to bottom: which GPUs run them, what they yield, and the bytes, link "
                + "and time of each collective.");
        Box body = Sheet.Body;
        var notes = new List<string>();
        Box columns = body with { Height = body.Height - 22 };
        ShownPhases shown = ShownPhases.Of(plan.Phases, MostPhases);
        for (int i = 0; i < shown.Drawn.Count; i++)
        {
            var column = new LayerColumn(sheet, plan, shown.Drawn[i], subject.Before?.Plan);
            column.Draw(columns.Column(i, shown.Drawn.Count, Gap));
            string phase = shown.Drawn[i].Id.ToName();
            if (column.Changed.Count > 0)
                notes.Add($"{Words.Count(column.Changed.Count, "operator")} of {phase}");
            if (column.Gone.Count > 0)
                notes.Add($"gone from {phase}: {string.Join(", ", column.Gone)}");
        }

        if (subject.Before is { Plan: DeploymentPlan before })
        {
            ChangeNote.Write(sheet, notes.Count == 0 ? $"Every operator is what it is in {before.Name}."
                : $"Framed in colour, other than in {before.Name}: {string.Join("; ", notes)}.");
        }

        sheet.Text(
            shown.Note
                + "Boxes compute, ellipses communicate (bytes: S of a group, as nccl-tests counts), parallelograms route or sum; dashed: "
                + "the choice of experts. "
            + "Times: the plan's time model, slowest GPU, nothing overlaps.",
            body.X, body.Bottom - 2, body.Width, TextLook.SmallQuiet);
        return sheet;
    }
}
