using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Pictures;

/// <summary>The top of every picture: what it shows, of which plan, and whether the plan keeps the rules.</summary>
internal static class Heading
{
    private const double VerdictWidth = 470;

    /// <summary>A sheet with its heading. A plan that breaks a rule has a red frame around every picture of it.</summary>
    public static Sheet Open(PictureSubject subject, string shows, string subtitle, string description)
    {
        string title = $"{subject.Plan.Name}: {shows}";
        var sheet = new Sheet(title, description);
        double room = Sheet.Width - (2 * Sheet.Margin) - VerdictWidth - 20;
        sheet.Text(title, Sheet.Margin, 40, room, TextLook.Title);
        sheet.Text(subtitle, Sheet.Margin, 64, Sheet.Width - (2 * Sheet.Margin) - (subject.Report.Holds ? 0 : VerdictWidth + 20),
            TextLook.Body.In(Ink.Muted));
        DrawVerdict(sheet, subject.Report);
        return sheet;
    }

    /// <summary><c>64 H100-SXM-80GB in 8 nodes</c>.</summary>
    public static string Hardware(DeploymentPlan plan)
    {
        int nodes = (plan.Cluster.Gpus + plan.Cluster.GpusPerNode - 1) / plan.Cluster.GpusPerNode;
        return $"{Words.Number(plan.Cluster.Gpus)} {(plan.Cluster.Gpu.Name == "custom" ? "GPUs" : plan.Cluster.Gpu.Name)} in "
            + $"{Words.Count(nodes, "node")}";
    }

    /// <summary><c>prefill pp4 ep4 tp2 sp2 on 64 GPUs</c>.</summary>
    public static string Phase(PhaseLayout layout, int? gpus = null) =>
        $"{layout.Id.ToName()} {Meshes.Axes.Describe(layout.AxisDegrees)} on {Words.Count(gpus ?? layout.RankGpus.Count, "GPU")}";

    /// <summary><c>batch 4, prompt 10240, output 128</c>; without the batch where every phase has its own.</summary>
    public static string Workload(DeploymentPlan plan) => plan.Phases.All(layout => layout.Strategy.Batch is not null)
        ? plan.Workload.WithoutBatch : plan.Workload.ToString();

    /// <summary>What is said of a plan under most titles.</summary>
    public static string Facts(DeploymentPlan plan) => string.Join(" · ", plan.Phases.Select(layout => Phase(layout))
        .Prepend(Hardware(plan))
        .Append($"{Quantity.FormatCount(Accounting.ModelSize.Parameters(plan.Model))} parameters"));

    private static void DrawVerdict(Sheet sheet, CheckReport report)
    {
        var box = new Box(Sheet.Width - Sheet.Margin - VerdictWidth, 12, VerdictWidth, 64);
        int passed = report.Count(CheckStatus.Pass), run = report.Results.Count - report.Count(CheckStatus.Skipped);
        if (report.Holds)
        {
            sheet.Line(Ink.Good, 2.6, box.Right - 15, 33, box.Right - 10, 38, box.Right - 1, 26);
            sheet.Text(
                $"{passed} of {run} checks hold", box.Right - 24, 38, VerdictWidth - 24,
                    new TextLook(14, Ink.Good, Bold: true, TextAnchor.End));
            return;
        }

        CheckResult[] failures = [.. report.Failures];
        sheet.Rect(new Box(3, 3, Sheet.Width - 6, Sheet.Height - 6), null, Ink.Bad, 6);
        using (sheet.Group($"{passed} of {run} checks hold. {failures[0].Id} fails: {failures[0].Evidence}", ("breaks", failures[0].Id)))
        {
            sheet.Rect(box, Ink.BadGround, Ink.Bad, 2, 4);
            string more = failures.Length == 1 ? "" : $" and {string.Join(", ", failures.Skip(1).Select(failure => failure.Id))}";
            sheet.Text(
                [$"{failures[0].Id}{more} fails: {failures[0].Title}", $"{failures[0].Id}{more} fails", $"{failures.Length} checks fail"],
                box.X + 12, box.Y + 20, box.Width - 24, TextLook.Strong.In(Ink.BadText));
            sheet.Lines(failures[0].Evidence, box.X + 12, box.Y + 38, box.Width - 24, TextLook.Small.In(Ink.BadText));
        }
    }
}
