using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Lowering;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Timeline;

/// <summary>
/// P2, where the time goes: per phase a row a stage with what its GPUs do and the critical path under it, the hand-off of the cache,
/// and the longest layer operator by operator. Bars are merged within a pixel, so that every plan from one GPU to many thousand fits one
/// screen.
/// </summary>
internal static class TimelinePicture
{
    /// <summary>Up to so many nodes every GPU is simulated; beyond, the operators of GPUs that are alike.</summary>
    private const long MostDeviceNodes = 300_000;

    private const int MostRows = 26, MostPanels = 6, MostCritical = 4;

    // A row lower than this tells less than the layer below the rows.
    private const double LeastPitch = 16;

    private const double LegendHeight = 44, FiguresHeight = 74, PlainPitch = 44, MostPitch = 160, MostZoom = 1.5;

    public static Sheet Draw(PictureSubject subject)
    {
        DeploymentPlan plan = subject.Plan;
        long nodes = SizeEstimate.OfDeviceGraph(plan, [.. plan.Phases]).Nodes;
        DetailLevel detail = nodes <= MostDeviceNodes ? DetailLevel.Device : DetailLevel.Operator;
        Dag dag = DagGenerator.Generate(plan, detail, cancellation: subject.Cancellation);
        var options = new SimulationOptions();
        ShownPhases phases = ShownPhases.Of(plan.Phases, MostPanels);
        List<TimelinePanel> panels = TimelinePanel.Of(
            dag, [.. phases.Drawn.Select(layout => layout.Id)], options, MostRows, subject.Cancellation);
        IReadOnlyDictionary<PhaseId, HandOff> handOffs = HandOff.Of(dag, options, subject.Cancellation);
        LayerPanel[] layers = [.. panels.Select(LayerPanel.Of).OfType<LayerPanel>()];
        Sheet sheet = Heading.Open(subject, "where the time goes", Subtitle(plan), string.Join("; ", panels.Select(Sentence)));
        double rows = panels.Sum(panel => panel.Rows.Count), frame = FiguresHeight + LegendHeight
            + (panels.Count * PhaseRows.OverheadHeight)
            + (panels.Count(panel => handOffs.ContainsKey(panel.Phase)) * PhaseRows.HandOffHeight);
        var shown = new SortedSet<Activity> { Activity.Idle };
        double[] heights = [.. layers.Select(layer => LanesOf(layer, Plot.In(Sheet.Body)).Height)];

        // A layer of each phase where that leaves the rows their height, else of the first alone.
        double rest = Sheet.Body.Height - frame;
        int drawn = layers.Length == 2 && rest - heights.Sum() >= 30 * rows ? 2
            : panels.Count > 2 && rest - heights.FirstOrDefault() < LeastPitch * rows ? 0 : Math.Min(1, layers.Length);
        double lanes = heights.Take(drawn).Sum(), zoom = Zoom.Filling(frame + lanes + (PlainPitch * rows), Sheet.Body.Height, MostZoom);
        using IDisposable larger = sheet.Enlarge(Sheet.Body, zoom, out Box body);
        var plot = Plot.In(body);
        Figures(sheet, body, panels);
        double pitch = Math.Min(MostPitch, (body.Height - frame - lanes) / Math.Max(1, rows)), y = body.Y + FiguresHeight;
        foreach (TimelinePanel panel in panels)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            var stages = new PhaseRows(sheet, plot, dag, panel, handOffs.GetValueOrDefault(panel.Phase), shown);
            y = stages.Draw(y, pitch);
        }

        foreach (LayerPanel layer in layers.Take(drawn))
        {
            LayerLanes lane = LanesOf(layer, plot);
            lane.Draw(y);
            y += lane.Height;
        }

        Legend(sheet, body, plan.Cluster, shown, phases.Note + "times: " + Serving.Accuracy.Of(plan.TimeModel));
        return sheet;

        LayerLanes LanesOf(LayerPanel layer, Plot at) => new(sheet, at, plan.Cluster, layer, shown);
    }

    private static string Subtitle(DeploymentPlan plan) =>
        string.Join(" · ",
            plan.Phases.Select(layout => Heading.Phase(layout)).Prepend(Heading.Hardware(plan)).Append(Heading.Workload(plan)));

    private static string Sentence(TimelinePanel panel) =>
        $"{panel.Phase.ToTitle()} takes {Amount.Seconds(panel.Result.Makespan)}, "
        + $"in which GPUs compute {Percent(panel.Result.Utilisation)}, "
        + $"communicate {Percent(panel.Result.ExposedShare)} and wait {Percent(panel.Result.IdleShare)} of the time";

    private static void Figures(Sheet sheet, Box body, List<TimelinePanel> panels)
    {
        var figures = new List<(string Name, string Value)>();
        foreach (TimelinePanel panel in panels)
        {
            SimulationResult result = panel.Result;
            bool prefill = panel.Phase.Kind == PhaseKind.Prefill;
            string shares = $"{Percent(result.Utilisation)} · {Percent(result.ExposedShare)} · {Percent(result.IdleShare)}";
            if (panels.Count > 2)
            {
                figures.Add(($"{panel.Phase.ToTitle()}, compute", $"{Amount.Seconds(result.Makespan)}, {Percent(result.Utilisation)}"));
                continue;
            }

            figures.Add((prefill ? "to the first token" : "the step of the last token", Amount.Seconds(result.Makespan)));
            figures.Add(($"{panel.Phase.ToName()} computes · communicates · waits", shares));
        }

        double x = body.X;
        foreach ((string name, string value) in figures)
        {
            double width = Math.Max(
                Layouts.FontMetrics.Width(name, TextLook.SmallQuiet.Size),
                Layouts.FontMetrics.Width(value, TextLook.Section.Size, bold: true));
            Figure(name, value, Math.Min(width, body.Right - x));
            x += width + 30;
        }

        sheet.Text(
            [.. Enumerable.Range(1, MostCritical).Reverse().Select(most => "On the critical path: "
                + string.Join(" · ", panels.Select(panel => $"{panel.Phase.ToName()} {Critical(panel.Result, most)}")))],
            body.X, body.Y + 56, body.Width, TextLook.Body);

        void Figure(string name, string value, double room)
        {
            if (room < 60)
                return;
            sheet.Text(name, x, body.Y + 14, room, TextLook.SmallQuiet);
            sheet.Text(value, x, body.Y + 34, room, TextLook.Section);
        }
    }

    /// <summary>The operators on the critical path that take most of it, as people call them.</summary>
    private static string Critical(SimulationResult result, int most) => string.Join(", ", result.CriticalOperators.Take(most)
        .Select(time => $"{Ops.Find(time.Op)?.Title ?? time.Op} {Amount.Share(time.Seconds / Math.Max(1e-15, result.Makespan))}"));

    private static void Legend(Sheet sheet, Box body, ClusterSpec cluster, SortedSet<Activity> shown, string note)
    {
        double x = body.X, y = body.Bottom - 17;
        foreach (Activity activity in shown.OrderBy(activity => activity == Activity.Idle))
        {
            var sample = new Box(x, y - 11, 16, 11);
            activity.Draw(sheet, sample);
            if (activity == Activity.Idle)
                sheet.Rect(sample, null, Ink.Frame, 0.6);
            x = Word(NodeUnit.Legend(cluster, activity), x);
        }

        sheet.Rect(new Box(x, y - 6, 16, 2), Ink.Text);
        Word("critical path", x);
        sheet.Text(note, body.X, body.Bottom, body.Width, TextLook.SmallQuiet);

        double Word(string text, double at)
        {
            double width = Layouts.FontMetrics.Width(text, TextLook.Quiet.Size);
            sheet.Text(text, at + 22, y, width, TextLook.Quiet);
            return at + width + 40;
        }
    }

    private static string Percent(double share) => Words.Invariant($"{100 * share:0.#} %");
}
