using ParallelDag.Pictures.Canvas;

namespace ParallelDag.Pictures.Map;

/// <summary>
/// P1, the one for the wall: what runs where, and who talks to whom. A row per node and a cell per GPU; beyond <see cref="MostCells"/>
/// GPUs a
/// row per stage, alike rows once.
/// </summary>
internal static class MapPicture
{
    /// <summary>The most GPUs that are drawn one by one.</summary>
    public const int MostCells = 128;

    private const double PanelWidth = 400;

    public static Sheet Draw(PictureSubject subject)
    {
        DeploymentPlan plan = subject.Plan;
        Sheet sheet = Heading.Open(
            subject,
            "where everything lives",
            Heading.Facts(plan),
            $"A map of {Heading.Hardware(plan)}: which stage, experts and memory each GPU holds, and who talks to whom in one step.");
        Box body = Sheet.Body;
        Box left = body with { Width = body.Width - PanelWidth - 20 };
        if (plan.Cluster.Gpus <= MostCells)
            new MapCells(sheet, subject).Draw(left);
        else
            new MapRows(sheet, subject).Draw(left);
        ChangeNote.OfGpus(sheet, subject);
        new TalkPanel(sheet, subject).Draw(new Box(left.Right + 20, body.Y, PanelWidth, body.Height));
        return sheet;
    }
}
