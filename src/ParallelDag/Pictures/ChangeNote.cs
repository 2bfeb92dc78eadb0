using ParallelDag.Pictures.Canvas;
using ParallelDag.Wording;

namespace ParallelDag.Pictures;

/// <summary>What colours of a compared picture mean, in a line below it.</summary>
internal static class ChangeNote
{
    /// <summary>Which GPUs stand out on a map.</summary>
    public static void OfGpus(Sheet sheet, PictureSubject subject)
    {
        if (subject.Before is not { Plan: DeploymentPlan before })
            return;
        int most = Math.Max(subject.Plan.Cluster.Gpus, before.Cluster.Gpus);
        var changed = GpuSet.FromGpus(Enumerable.Range(0, most).Where(subject.HasChanged));
        Write(sheet, changed.IsEmpty ? $"Every GPU does what it does in {before.Name}."
            : $"Framed in colour: {Words.Count(changed.Count, "GPU")} that {(changed.Count == 1 ? "does" : "do")} something else than in "
                + $"{before.Name} ({changed}).");
    }

    /// <summary>A line below a picture.</summary>
    public static void Write(Sheet sheet, string text) =>
        sheet.Text(text, Sheet.Margin, Sheet.Height - 8, Sheet.Width - (2 * Sheet.Margin), TextLook.SmallStrong.In(Ink.Changed));
}
