using ParallelDag.Durations;
using ParallelDag.Serving;

namespace ParallelDag;

/// <summary>
/// How long a phase takes and why: the simulation of its graph, and of the plan it belongs to what is served. One a phase, so that rows
/// sort and compare over many plans; of a graph without phases one in all. Seconds and shares.
/// </summary>
public sealed class Timing
{
    private readonly SimulationResult _simulation;

    internal Timing(SimulationResult simulation, PhaseId? phase, ServingForecast? serving, string accuracy)
    {
        (_simulation, Part, Serving, Accuracy) = (simulation, phase, serving, accuracy);
        Mfu = ModelFlops.Utilisation(simulation.GetDag(), phase, simulation.Makespan);
    }

    /// <summary>The plan's or the graph's name.</summary>
    public string Name => _simulation.GetDag().Name;

    /// <summary>Prefill or decode; null for a graph that does not tell.</summary>
    public PhaseKind? Phase => Part?.Kind;

    /// <summary>The set of instances of the phase, from 1; 0 where all are alike.</summary>
    public int Set => Part?.Set ?? 0;

    /// <summary>The phase with its set.</summary>
    internal PhaseId? Part { get; }

    /// <summary>The order in which streams ran their nodes.</summary>
    public StreamSchedule Schedule => _simulation.Options.Schedule;

    /// <summary>From the first node to the last.</summary>
    public double Makespan => _simulation.Makespan;

    /// <summary>Seconds to the first token; on the row of prefill, or of decode where serving is aggregated.</summary>
    public double? Ttft => Phase == PhaseKind.Decode && Serving?.Mode != ServingMode.Aggregated ? null : Serving?.Ttft;

    /// <summary>Seconds between tokens at the mean context; on the row of decode.</summary>
    public double? Tpot => Phase == PhaseKind.Prefill ? null : Serving?.Tpot;

    /// <summary>Seconds of the last token; on the row of decode.</summary>
    public double? TpotLast => Phase == PhaseKind.Prefill ? null : Serving?.TpotLast;

    /// <summary>Output tokens a second and GPU of the whole plan.</summary>
    public double? TokensPerSecondPerGpu => Serving?.TokensPerSecondPerGpu;

    /// <summary>The mean share of the time that GPUs compute.</summary>
    public double Utilisation => _simulation.Utilisation;

    /// <summary>The mean share in which they communicate and compute nothing.</summary>
    public double ExposedShare => _simulation.ExposedShare;

    /// <summary>The mean share in which they wait.</summary>
    public double BubbleFraction => _simulation.IdleShare;

    /// <summary>Operations over what the GPUs could do at the peak rate of their formats; null where the device is not known.</summary>
    public double? Mfu { get; }

    /// <summary>Where the time goes, by the operators of the critical path.</summary>
    public string Bottleneck => _simulation.Explanation();

    /// <summary>How far to trust the numbers.</summary>
    public string Accuracy { get; }

    /// <summary>What calibration found.</summary>
    internal IReadOnlyList<CalibratedKernel> Calibrated { get; init; } = [];

    /// <summary>What the plan serves; null for a graph.</summary>
    internal ServingForecast? Serving { get; }

    /// <summary>What the plan serves; null for a graph. (Methods, so that tables and serializers show numbers alone.)</summary>
    public ServingForecast? GetServing() => Serving;

    /// <summary>What calibration found, a row a class of kernels; none without it.</summary>
    public IReadOnlyList<CalibratedKernel> GetCalibration() => Calibrated;

    /// <summary>The critical path, node by node; the seconds sum to the makespan.</summary>
    public IReadOnlyList<PathStep> GetCriticalPath() => _simulation.CriticalPath;

    /// <summary>The critical path by operator, the largest first.</summary>
    public IReadOnlyList<OperatorTime> GetCriticalOperators() => _simulation.CriticalOperators;

    /// <summary>How each GPU spends its time; GPUs that do the same at the same times are one row.</summary>
    public IReadOnlyList<GpuTime> GetGpus() => _simulation.Gpus;

    /// <summary>How long a micro-batch takes through each stage.</summary>
    public IReadOnlyList<StageTime> GetStages() => _simulation.Stages;

    /// <summary>What each operator takes of a GPU, the largest first.</summary>
    public IReadOnlyList<OperatorUse> GetOperators() => OperatorUse.Of(_simulation.GetDag(), Part, Makespan);

    /// <summary>What each kind of collective takes, by the axis of its groups.</summary>
    public IReadOnlyList<LinkUse> GetLinks() => LinkUse.Of(_simulation.GetDag(), Part);

    /// <summary>The whole simulation.</summary>
    public SimulationResult GetSimulation() => _simulation;

    /// <summary><c>llm_parallel prefill: 9.64 ms</c>.</summary>
    public override string ToString() => Wording.Words.Invariant(
        $"{Name}{(Part is PhaseId part ? $" {part.ToName()}" : "")}: {Makespan * 1e3:0.###} ms");
}
