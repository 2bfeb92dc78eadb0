using System.Collections.Concurrent;
using ParallelDag.Accounting;
using ParallelDag.Collections;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Durations;

namespace ParallelDag;

/// <summary>
/// A validated plan: a model, a cluster, a workload and a parallel strategy per phase, and where each phase then runs. Immutable and safe
/// to share between threads; made by <see cref="PlanReader"/> from a document or by <see cref="Create"/> from typed parts.
/// </summary>
public sealed class DeploymentPlan
{
    private readonly ConcurrentDictionary<(PhaseId Phase, int Batch, long Start, long Length), PhaseSections> _sections = [];

    private readonly PlanSpec _spec;
    private TimeModel? _timeModel;

    private DeploymentPlan(PlanSpec spec, IEnumerable<PhaseLayout> phases, bool sharesWeights, PlanPlaces? places)
    {
        _spec = spec;
        Places = places;
        SharesWeights = sharesWeights;
        Phases = phases.ToValueList();
        PrefillLayout = Phases.FirstOrDefault(layout => layout.Phase == PhaseKind.Prefill);
        DecodeLayout = Phases.FirstOrDefault(layout => layout.Phase == PhaseKind.Decode);
    }

    /// <summary>The parts that the plan was made of. (A method, and a property in <see cref="DeploymentPlanExtensions"/>, so that lists and
    /// serializers show each part once.)</summary>
    public PlanSpec GetSpec() => _spec;

    /// <summary>The plan's name; it becomes file names.</summary>
    public string Name => _spec.Name;

    /// <summary>The model.</summary>
    public ModelSpec Model => _spec.Model;

    /// <summary>The cluster.</summary>
    public ClusterSpec Cluster => _spec.Cluster;

    /// <summary>The workload.</summary>
    public WorkloadSpec Workload => _spec.Workload;

    /// <summary>What the plan must keep; null when it limits nothing.</summary>
    public LimitsSpec? Limits => _spec.Limits;

    /// <summary>The prefill strategy, or null when the plan has no prefill.</summary>
    public PhaseStrategy? Prefill => _spec.Prefill;

    /// <summary>The decode strategy, or null when the plan has no decode.</summary>
    public PhaseStrategy? Decode => _spec.Decode;

    /// <summary>Where prefill runs, or its first set of instances; null when the plan has no prefill.</summary>
    public PhaseLayout? PrefillLayout { get; }

    /// <summary>Where decode runs, or its first set of instances; null when the plan has no decode.</summary>
    public PhaseLayout? DecodeLayout { get; }

    /// <summary>
    /// True when both phases run on the same GPUs and decode finds its weights resident there; false when they are held twice or on GPUs of
    /// their own.
    /// </summary>
    public bool SharesWeights { get; }

    /// <summary>The phases that the plan has, prefill first; of a phase with instances unlike one another each set.</summary>
    public IReadOnlyList<PhaseLayout> Phases { get; }

    /// <summary>True where both phases are there.</summary>
    internal bool HasBothPhases => PrefillLayout is not null && DecodeLayout is not null;

    /// <summary>The sets of instances of a phase; none where the plan does not have it.</summary>
    internal IEnumerable<PhaseLayout> LayoutsOf(PhaseKind phase) => Phases.Where(layout => layout.Phase == phase);

    /// <summary>How long operators and collectives take; made once.</summary>
    public TimeModel GetTimeModel() => _timeModel ??= new TimeModel(Cluster, _spec.Timing);

    /// <summary>The same plan on GPUs and links of another speed.</summary>
    public DeploymentPlan With(TimingSpec timing) => Resolve(GetSpec() with { Timing = timing });

    /// <summary>How many GPUs its phases run on.</summary>
    internal int UsedGpus => Phases.SelectMany(layout => layout.RankGpus).Distinct().Count();

    /// <summary>Where the plan's keys stand in its file; null for a plan made of parts.</summary>
    internal PlanPlaces? Places { get; }

    /// <summary>The layout of a phase, or null when the plan does not have it.</summary>
    public PhaseLayout? Layout(PhaseKind phase) => phase == PhaseKind.Prefill ? PrefillLayout : DecodeLayout;

    /// <summary>The layout of a phase, or of one of its sets of instances; null when the plan does not have it.</summary>
    public PhaseLayout? Layout(PhaseId phase) => Phases.FirstOrDefault(layout => layout.Id == phase);

    /// <summary>The programs of a pass of a phase, by its number; made once.</summary>
    public PhaseSections Sections(PhaseLayout layout, int pass = 0) => Sections(layout, layout.Passes[pass]);

    /// <summary>What the operators of a phase are declared against, for a pass by its number.</summary>
    public PhaseContext Context(PhaseLayout layout, int pass = 0) => Sections(layout, pass).Context;

    /// <summary>Validates the parts and makes a plan of them.</summary>
    /// <exception cref="InputException">One problem per rule that the parts break.</exception>
    public static DeploymentPlan Create(PlanSpec spec)
    {
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(spec);
        return faults.Count == 0
            ? Resolve(spec)
            : throw new InputException([.. faults.Select(fault => new InputProblem(null, default, $"{fault.Path}: {fault.Message}"))]);
    }

    /// <summary><c>llm_parallel: prefill pp4 ep4 tp2 sp2, decode pp4 ep4 tp2</c>.</summary>
    public override string ToString() =>
        $"{Name}: " + string.Join(", ", new[] { Prefill is null ? null : $"prefill {Prefill}", Decode is null ? null : $"decode {Decode}" }
            .Where(part => part is not null));

    /// <summary>The programs of a pass of a phase; made once for passes alike.</summary>
    internal PhaseSections Sections(PhaseLayout layout, PhasePass pass) => _sections.GetOrAdd(
        (layout.Id, pass.Sequences, pass.Start, pass.Length),
        key => new PhaseSections(Model, Workload, key.Phase.Kind, layout.Strategy, key.Batch, (key.Start, key.Length)));

    /// <summary>Lays a valid plan out.</summary>
    internal static DeploymentPlan Resolve(PlanSpec spec, PlanPlaces? places = null)
    {
        IReadOnlyDictionary<PhaseId, int[]> layers = LayerBalance.Split(spec);
        bool together = spec is { Prefill.Instances: null, Decode.Instances: null, Cluster.Pool: PoolKind.Unified };
        bool shares = together && PoolPlacement.SharesWeights(
            spec.Prefill!, spec.Decode!, layers[new(PhaseKind.Prefill)], layers[new(PhaseKind.Decode)]);
        var layouts = new List<PhaseLayout>();
        foreach ((PhaseId id, PhaseStrategy strategy, long first) in PoolPlacement.Places(spec.Prefill, spec.Decode))
        {
            int[] gpus = together && id.Kind == PhaseKind.Decode ? PoolPlacement.Decode(strategy, spec.Prefill!, shares)
                : PoolPlacement.From(strategy, first);
            long before = layouts.Where(known => known.Phase == id.Kind).Sum(known => (long)known.Sequences);
            layouts.Add(new PhaseLayout(id, strategy, spec.Workload, gpus, layers[id]) { FirstSequence = before });
        }

        return new DeploymentPlan(spec, layouts, shares, places);
    }
}
