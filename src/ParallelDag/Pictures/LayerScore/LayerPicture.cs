using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.LayerScore;

/// <summary>
/// P4: one layer of each phase, operator by operator. Time runs downwards; what runs on different GPUs at once stands side by side, and
/// beside every operator its bytes, its link and its time.
/// </summary>
internal static class LayerPicture
{
    private const int MostPhases = 4;

    private const double Gap = 40, FootHeight = 22, MostZoom = 1.3;

    private const string Key = "Boxes compute, ellipses communicate (bytes: S of a group, as nccl-tests counts), parallelograms "
        + "route or sum; dashed: the choice of experts.";

    public static Sheet Draw(PictureSubject subject)
    {
        DeploymentPlan plan = subject.Plan;
        Sheet sheet = Heading.Open(
            subject,
            "one layer, operator by operator",
            Heading.Facts(plan),
            "The operators of one layer of each phase from top to bottom: which GPUs run them, what they yield, and the bytes, link "
                + "and time of each collective.");
        ShownPhases shown = ShownPhases.Of(plan.Phases, MostPhases);
        LayerColumn[] layers = [.. shown.Drawn.Select(layout => new LayerColumn(sheet, plan, layout, subject.Before?.Plan))];
        double zoom = layers.Length > 2 ? 1 : Zoom.Filling(layers.Max(layer => layer.Height) + FootHeight, Sheet.Body.Height, MostZoom);
        using (sheet.Enlarge(Sheet.Body, zoom, out Box body))
        {
            Box columns = body with { Height = body.Height - FootHeight };
            for (int i = 0; i < layers.Length; i++)
                layers[i].Draw(columns.Column(i, layers.Length, Gap));
            sheet.Text(
                [shown.Note + Key + " Times: the plan's time model, slowest GPU, nothing overlaps.", shown.Note + Key],
                body.X, body.Bottom - 2, body.Width, TextLook.SmallQuiet);
        }

        if (subject.Before is { Plan: DeploymentPlan before })
        {
            string[] notes = [.. layers.SelectMany((layer, i) => Notes(layer, shown.Drawn[i].Id.ToName()))];
            ChangeNote.Write(sheet, notes.Length == 0 ? $"Every operator is what it is in {before.Name}."
                : $"Framed in colour, other than in {before.Name}: {string.Join("; ", notes)}.");
        }

        return sheet;
    }

    /// <summary>What is other in a layer than in the plan that this one is compared with.</summary>
    private static IEnumerable<string> Notes(LayerColumn layer, string phase)
    {
        if (layer.Changed.Count > 0)
            yield return $"{Words.Count(layer.Changed.Count, "operator")} of {phase}";
        if (layer.Gone.Count > 0)
            yield return $"gone from {phase}: {string.Join(", ", layer.Gone)}";
    }
}
