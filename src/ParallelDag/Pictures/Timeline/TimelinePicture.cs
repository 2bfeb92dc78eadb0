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
/// and the
/// longest layer operator by operator. Bars are merged within a pixel, so that every plan from one GPU to many thousand fits one screen.
/// </summary>
internal static class TimelinePicture
{
    /// <summary>Up to so many nodes every GPU is simulated; beyond, the operators of GPUs that are alike.</summary>
    private const long MostDeviceNodes = 300_000;

    private const int MostRows = 26, MostPanels = 6;

    // A row lower than this tells less than the layer below the rows.
    private const double LeastPitch = 16;

    private const double LayerHeight = 200, LegendHeight = 26, FiguresHeight = 50;

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
        Figures(sheet, panels);

        Box body = Sheet.Body;
        double room = body.Height - FiguresHeight - LegendHeight - (panels.Count * PhaseRows.OverheadHeight)
            - (panels.Count(panel => handOffs.ContainsKey(panel.Phase)) * PhaseRows.HandOffHeight);
        int rowCount = Math.Max(1, panels.Sum(panel => panel.Rows.Count));

        // A layer of each phase where that leaves the rows their height, else of the first alone.
        int drawn = layers.Length == 2 && room - (2 * LayerHeight) >= 30 * rowCount ? 2
            : panels.Count > 2 && room - LayerHeight < LeastPitch * rowCount ? 0 : Math.Min(1, layers.Length);
        double pitch = Math.Min(44, (room - (drawn * LayerHeight)) / rowCount);
        double y = body.Y + FiguresHeight;
        var shown = new SortedSet<Activity> { Activity.Idle };
        foreach (TimelinePanel panel in panels)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            var rows = new PhaseRows(sheet, dag, panel, handOffs.GetValueOrDefault(panel.Phase), shown);
            y = rows.Draw(y, pitch);
        }

        foreach (LayerPanel layer in layers.Take(drawn))
        {
            new LayerLanes(sheet, layer, shown).Draw(y + 24);
            y += LayerHeight;
        }

        Legend(sheet, shown, body.Bottom, phases.Note, Serving.Accuracy.Of(plan.TimeModel));
        return sheet;
    }

    private static string Subtitle(DeploymentPlan plan) =>
        string.Join(" · ",
            plan.Phases.Select(layout => Heading.Phase(layout)).Prepend(Heading.Hardware(plan)).Append(Heading.Workload(plan)));

    private static string Sentence(TimelinePanel panel) =>
        $"{panel.Phase.ToTitle()} takes {Amount.Seconds(panel.Result.Makespan)}, "
        + $"in which GPUs compute {Percent(panel.Result.Utilisation)}, "
        + $"communicate {Percent(panel.Result.ExposedShare)} and wait {Percent(panel.Result.IdleShare)} of the time";

    private static void Figures(Sheet sheet, List<TimelinePanel> panels)
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
            figures.Add((prefill ? "GPUs compute · communicate · wait" : "in decode", shares));
        }

        figures.Add(("on the critical path of " + panels[0].Phase.ToName(), panels[0].Result.Explanation()));
        double x = Sheet.Margin;
        foreach ((string name, string value) in figures)
        {
            double width = Math.Max(
                Layouts.FontMetrics.Width(name, TextLook.SmallQuiet.Size),
                Layouts.FontMetrics.Width(value, TextLook.Section.Size, bold: true));
            double room = Math.Min(width, Sheet.Width - Sheet.Margin - x);
            if (room < 60)
                return;
            sheet.Text(name, x, Sheet.Body.Y + 14, room, TextLook.SmallQuiet);
            sheet.Text(value, x, Sheet.Body.Y + 34, room, TextLook.Section);
            x += width + 30;
        }
    }

    private static void Legend(Sheet sheet, SortedSet<Activity> shown, double y, string note, string accuracy)
    {
        double x = Sheet.Margin;
        foreach (Activity activity in shown.OrderBy(activity => activity == Activity.Idle))
        {
            activity.Draw(sheet, new Box(x, y - 11, 16, 11));
            x = Word(activity.ToLegend(), x);
        }

        sheet.Rect(new Box(x, y - 6, 16, 2), Ink.Text);
        x = Word("critical path", x) + 20;
        sheet.Text($"{note}times: {accuracy}", x, y, Sheet.Width - Sheet.Margin - x, TextLook.SmallQuiet);

        double Word(string text, double at)
        {
            double width = Layouts.FontMetrics.Width(text, TextLook.Quiet.Size);
            sheet.Text(text, at + 22, y, width, TextLook.Quiet);
            return at + width + 46;
        }
    }

    private static string Percent(double share) => Words.Invariant($"{100 * share:0.#} %");
}
