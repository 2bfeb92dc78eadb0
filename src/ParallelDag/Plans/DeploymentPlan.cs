namespace ParallelDag;

/// <summary>
/// A validated plan: a model, a cluster, a workload and a parallel strategy per phase. Immutable; made by
/// <see cref="Plans.PlanReader"/> from a document or by <see cref="Create"/> from typed parts.
/// </summary>
public sealed class DeploymentPlan
{
    private DeploymentPlan(PlanSpec spec)
    {
        Spec = spec;
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

    /// <summary>Validates the parts and makes a plan of them.</summary>
    /// <exception cref="InputException">One problem per rule that the parts break.</exception>
    public static DeploymentPlan Create(PlanSpec spec) => new(spec);

    /// <summary><c>llm_parallel: prefill pp4 ep4 tp2 sp2, decode pp4 ep4 tp2</c>.</summary>
    public override string ToString() =>
        $"{Name}: " + string.Join(", ", new[] { Prefill is null ? null : $"prefill {Prefill}", Decode is null ? null : $"decode {Decode}" }.Where(part => part is not null));
}

/// <summary>The parts of a plan, before validation.</summary>
public sealed record PlanSpec
{
    /// <summary>Letters, digits, <c>_ - .</c> only; it becomes file names.</summary>
    public required string Name { get; init; }

    /// <summary>The model.</summary>
    public required ModelSpec Model { get; init; }

    /// <summary>The cluster.</summary>
    public required ClusterSpec Cluster { get; init; }

    /// <summary>The workload.</summary>
    public required WorkloadSpec Workload { get; init; }

    /// <summary>The prefill strategy, or null.</summary>
    public PhaseStrategy? Prefill { get; init; }

    /// <summary>The decode strategy, or null.</summary>
    public PhaseStrategy? Decode { get; init; }
}
