using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Simulation;

namespace ParallelDag.Serving;

/// <summary>Measures plans and graphs: simulates each phase, and forecasts what a plan serves.</summary>
public static class PlanTimer
{
    /// <summary>A plan with more Device nodes than this is simulated at Operator level, where nodes that differ take the mean.</summary>
    public const long MostNodes = 3_000_000;

    /// <summary>The phases of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Schedule, serving, margins.</param>
    /// <param name="phase">One phase only, or null for all.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The plan lacks the phase, or the mode of serving does not suit it.</exception>
    public static PlanTiming Measure(
        DeploymentPlan plan, MeasureOptions? options = null, PhaseKind? phase = null, CancellationToken cancellation = default)
    {
        options ??= new MeasureOptions();
        IReadOnlyList<CalibratedKernel> calibrated = options.Measured is null ? [] : Calibration.Fit(plan.TimeModel, options.Measured);
        if (calibrated.Count > 0)
            plan = plan.With(Calibration.Apply(plan.TimeModel.Overrides, calibrated));
        DetailLevel detail = SizeEstimate.OfDeviceGraph(plan, [.. plan.Phases]).Nodes > MostNodes ? DetailLevel.Operator
            : DetailLevel.Device;
        Dag whole = DagGenerator.Generate(plan, detail, null, cancellation);
        var simulations = new List<(PhaseId Phase, SimulationResult Result)>();
        foreach (PhaseLayout layout in plan.Phases)
            simulations.Add((layout.Id, DagSimulator.Run(whole, Options(plan, options, layout.Id), cancellation)));
        double? ttft = simulations.Where(run => run.Phase.Kind == PhaseKind.Prefill).Select(run =>
            (double?)run.Result.Makespan).Max();
        ServingForecast serving = ServingForecaster.Of(plan, options, ttft, ExposedTransfer(plan, whole, options, ttft, cancellation));
        string accuracy = calibrated.Count == 0 ? Accuracy.Of(plan.TimeModel)
            : $"{Accuracy.Of(plan.TimeModel)}; calibrated: {string.Join("; ", calibrated)}";
        Timing[] phases =
        [
            .. simulations.Where(run => phase is null || run.Phase.Kind == phase)
                .Select(run => new Timing(run.Result, run.Phase, serving, accuracy) { Calibrated = calibrated }),
        ];
        return phases.Length > 0 ? new PlanTiming(plan.Name, options.Schedule, detail, phases, serving, accuracy, plan)
            : throw new InputException($"the plan {plan.Name} has no {phase!.Value.ToName()} phase");
    }

    /// <summary>A graph whose nodes tell how long they take: a row a phase, or one where the graph does not tell phases.</summary>
    /// <param name="dag">The graph.</param>
    /// <param name="options">The schedule.</param>
    /// <param name="phase">One phase only, or null for all.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">No node tells its time, or the graph has a cycle.</exception>
    public static IReadOnlyList<Timing> Measure(
        Dag dag, MeasureOptions? options = null, PhaseKind? phase = null, CancellationToken cancellation = default)
    {
        options ??= new MeasureOptions();
        PhaseId?[] told = [.. dag.Phases.Select(drawn => (PhaseId?)drawn.Phase).Where(one => phase is null || one!.Value.Kind == phase)];
        PhaseId?[] phases = told.Length > 0 ? told : [phase is PhaseKind kind ? new PhaseId(kind) : null];
        const string Given = "times as the graph gives them";
        return [.. phases.Select(one => new Timing(
            DagSimulator.Run(dag, options.Simulation(one), cancellation), one, null, Given))];
    }

    private static SimulationOptions Options(DeploymentPlan plan, MeasureOptions options, PhaseId phase) =>
        options.Simulation(plan.Phases.Count == 1 ? null : phase);

    /// <summary>How much later than prefill the last transfer ends; null where nothing is handed over.</summary>
    private static double? ExposedTransfer(
        DeploymentPlan plan, Dag whole, MeasureOptions options, double? prefill, CancellationToken cancellation)
    {
        if (!plan.HasBothPhases)
            return null;
        bool moves = false;
        foreach (NodeFacts facts in whole.FactsTable)
            moves |= facts.Role == OperatorRole.CacheTransfer;
        if (!moves)
            return 0;
        SimulationResult result = DagSimulator.Run(whole, options.Simulation(), cancellation);
        double last = result.FinishOf(node => node.Op == Ops.KvTransfer);
        return Math.Max(0, last - prefill!.Value);
    }
}

/// <summary>A plan in time: its phases and what it serves.</summary>
/// <param name="Name">The plan's name.</param>
/// <param name="Schedule">The order in which streams ran their nodes.</param>
/// <param name="Detail">The level that was simulated.</param>
/// <param name="Phases">The phases.</param>
/// <param name="Serving">What is served.</param>
/// <param name="Accuracy">How far to trust it.</param>
/// <param name="Plan">The plan as it was measured: with what calibration found in its timing.</param>
public sealed record PlanTiming(
    string Name, StreamSchedule Schedule, DetailLevel Detail, IReadOnlyList<Timing> Phases, ServingForecast Serving, string Accuracy,
    DeploymentPlan Plan);
