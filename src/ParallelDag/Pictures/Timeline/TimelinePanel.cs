using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>One row of a panel: a stage by its lowest GPU.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Details">Its time and GPUs, in wordings from long to short.</param>
/// <param name="Lane">The lane of GPUs whose time it shows.</param>
/// <param name="Stage">Its stage.</param>
/// <param name="Gpus">The GPUs of the stage.</param>
internal sealed record TimelineRow(string Title, IReadOnlyList<string> Details, int Lane, int Stage, GpuSet Gpus);

/// <summary>A phase in time, a row a stage.</summary>
internal sealed class TimelinePanel
{
    private TimelinePanel(string title, PhaseId phase, SimulationResult result, List<TimelineRow> all, int most)
    {
        Title = title;
        Phase = phase;
        Result = result;

        // The first, the last, and what lies evenly between.
        Rows = all.Count <= most ? all
            : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * (all.Count - 1) / Math.Max(1, most - 1))])];
        if (Rows.Count < all.Count)
            Title += Wording.Words.Invariant($" ({Rows.Count} of {all.Count} stages)");
    }

    /// <summary>What it shows.</summary>
    public string Title { get; }

    /// <summary>The phase.</summary>
    public PhaseId Phase { get; }

    /// <summary>The simulation.</summary>
    public SimulationResult Result { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<TimelineRow> Rows { get; }

    /// <summary>The panels of a graph: one a phase, each simulated alone.</summary>
    /// <param name="dag">The graph.</param>
    /// <param name="phases">Which phases.</param>
    /// <param name="options">How it is simulated.</param>
    /// <param name="most">The most rows of all panels together.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static List<TimelinePanel> Of(
        Dag dag, IReadOnlyList<PhaseId> phases, SimulationOptions options, int most, CancellationToken cancellation)
    {
        var panels = new List<TimelinePanel>();
        foreach (DagPhase phase in dag.Phases.Where(phase => phases.Contains(phase.Phase)))
        {
            SimulationResult result = DagSimulator.Run(dag, options with { Phase = phase.Phase.Kind, Set = phase.Phase.Set }, cancellation);
            string title = phase.Phase.ToTitle()
                + (phase.Phase.Kind == PhaseKind.Prefill ? ", the whole prompt" : ", the step of the last token");
            panels.Add(new TimelinePanel(title, phase.Phase, result, RowsOf(phase, result), most / phases.Count));
        }

        return panels;
    }

    private static List<TimelineRow> RowsOf(DagPhase phase, SimulationResult result)
    {
        Dictionary<int, double> seconds = result.Stages.ToDictionary(stage => stage.Index, stage => stage.Seconds);
        GpuSet[] lanes = result.Actions.GpuLanes.Gpus;
        var rows = new List<TimelineRow>();
        foreach (DagStage stage in phase.Stages)
        {
            int lane = Array.FindIndex(lanes, gpus => gpus.Contains(stage.Gpus.First));
            string time = seconds.TryGetValue(stage.Index, out double value) ? Amount.Seconds(value) + " · " : "";
            if (lane >= 0)
            {
                string title = Wording.Words.Invariant($"Stage {stage.Index}");
                rows.Add(new TimelineRow(
                    title, [time + Amount.Gpus(stage.Gpus), time + Wording.Words.Count(stage.Gpus.Count, "GPU")], lane, stage.Index,
                    stage.Gpus));
            }
        }

        return rows;
    }
}
