using ParallelDag.Accounting;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;

namespace ParallelDag;

/// <summary>
/// A validated plan: a model, a cluster, a workload and a parallel strategy per phase, and where each phase then runs. Immutable; made by
/// <see cref="PlanReader"/> from a document or by <see cref="Create"/> from typed parts.
/// </summary>
public sealed class DeploymentPlan
{
    private DeploymentPlan(PlanSpec spec, PhaseLayout? prefill, PhaseLayout? decode, bool sharesWeights)
    {
        Spec = spec;
        PrefillLayout = prefill;
        DecodeLayout = decode;
        SharesWeights = sharesWeights;
    }

    /// <summary>The parts that the plan was made of.</summary>
    public PlanSpec Spec { get; }

    /// <summary>The plan's name; it becomes file names.</summary>
    public string Name => Spec.Name;

    /// <summary>The model.</summary>
    public ModelSpec Model => Spec.Model;

    /// <summary>The cluster.</summary>
    public ClusterSpec Cluster => Spec.Cluster;

    /// <summary>The workload.</summary>
    public WorkloadSpec Workload => Spec.Workload;

    /// <summary>The prefill strategy, or null when the plan has no prefill.</summary>
    public PhaseStrategy? Prefill => Spec.Prefill;

    /// <summary>The decode strategy, or null when the plan has no decode.</summary>
    public PhaseStrategy? Decode => Spec.Decode;

    /// <summary>Where prefill runs, or null when the plan has no prefill.</summary>
    public PhaseLayout? PrefillLayout { get; }

    /// <summary>Where decode runs, or null when the plan has no decode.</summary>
    public PhaseLayout? DecodeLayout { get; }

    /// <summary>True when both phases run on the same GPUs and decode finds its weights resident there; false when they are held twice or on GPUs of their own.</summary>
    public bool SharesWeights { get; }

    /// <summary>The phases that the plan has, prefill first.</summary>
    public IEnumerable<PhaseLayout> Phases => new[] { PrefillLayout, DecodeLayout }.OfType<PhaseLayout>();

    /// <summary>The layout of a phase, or null when the plan does not have it.</summary>
    public PhaseLayout? Layout(PhaseKind phase) => phase == PhaseKind.Prefill ? PrefillLayout : DecodeLayout;

    /// <summary>What the operators of a phase are declared against, for micro-batch <paramref name="microBatch"/>.</summary>
    public PhaseContext Context(PhaseLayout layout, int microBatch = 0) =>
        new(Model, Workload, layout.Phase, layout.Strategy, BatchSplit.Size(Workload, microBatch));

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
        $"{Name}: " + string.Join(", ", new[] { Prefill is null ? null : $"prefill {Prefill}", Decode is null ? null : $"decode {Decode}" }.Where(part => part is not null));

    /// <summary>Lays a valid plan out.</summary>
    internal static DeploymentPlan Resolve(PlanSpec spec)
    {
        int[]? prefillLayers = spec.Prefill is null ? null : SplitLayers(spec, PhaseKind.Prefill, spec.Prefill);
        int[]? decodeLayers = spec.Decode is null ? null : SplitLayers(spec, PhaseKind.Decode, spec.Decode);
        bool shares = prefillLayers is not null && decodeLayers is not null && spec.Cluster.Pool == PoolKind.Unified
            && PoolPlacement.SharesWeights(spec.Prefill!, spec.Decode!, prefillLayers, decodeLayers);
        PhaseLayout? prefill = prefillLayers is null ? null : new(PhaseKind.Prefill, spec.Prefill!, PoolPlacement.Prefill(spec.Prefill!), prefillLayers);
        PhaseLayout? decode = decodeLayers is null ? null
            : new(PhaseKind.Decode, spec.Decode!, PoolPlacement.Decode(spec.Decode!, spec.Prefill, spec.Cluster.Pool, shares), decodeLayers);
        return new DeploymentPlan(spec, prefill, decode, shares);
    }

    private static int[] SplitLayers(PlanSpec spec, PhaseKind phase, PhaseStrategy strategy)
    {
        if (strategy.LayersPerStage is not null)
            return [.. strategy.LayersPerStage];
        if (!strategy.Balance)
            return LayerSplit.Even(spec.Model.Layers, strategy.Pp);

        var context = new PhaseContext(spec.Model, spec.Workload, phase, strategy, BatchSplit.Size(spec.Workload, 0));
        int[] gpus = [.. Enumerable.Range(0, context.Mesh.Size)];
        double Cost(OperatorProgram program) => StageCost.Seconds(program, spec.Cluster, gpus);
        double dense = 0, moe = 0;
        if (Enumerable.Range(1, spec.Model.Layers).Any(layer => !spec.Model.IsMoeLayer(layer)))
            dense = Cost(Blocks.Layer(context, moe: false));
        if (Enumerable.Range(1, spec.Model.Layers).Any(spec.Model.IsMoeLayer))
            moe = Cost(Blocks.Layer(context, moe: true));
        return LayerSplit.Balanced(
            [.. Enumerable.Range(1, spec.Model.Layers).Select(layer => spec.Model.IsMoeLayer(layer) ? moe : dense)],
            strategy.Pp,
            Cost(EntrySection.Build(context)),
            Cost(ExitSection.Build(context)));
    }
}
