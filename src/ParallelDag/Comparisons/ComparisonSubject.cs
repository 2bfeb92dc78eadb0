using ParallelDag.Checks;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Lowering;
using ParallelDag.Serving;

namespace ParallelDag.Comparisons;

/// <summary>One side of a comparison: a plan, or a graph without one. What is expensive is made once, when it is asked for.</summary>
public sealed class ComparisonSubject
{
    private readonly Lazy<Dag> _dag;
    private readonly Lazy<CheckReport> _report;
    private readonly Lazy<PlanTiming?> _timing;
    private readonly Lazy<IReadOnlyList<Timing>> _simulations;

    /// <summary>A plan; its graph is generated at <paramref name="detail"/>.</summary>
    public ComparisonSubject(DeploymentPlan plan, DetailLevel detail = DetailLevel.Operator, CancellationToken cancellation = default)
        : this(plan, () => DagGenerator.Generate(plan, detail, cancellation: cancellation), cancellation)
    {
    }

    /// <summary>A graph.</summary>
    public ComparisonSubject(Dag dag, CancellationToken cancellation = default)
        : this(null, () => dag, cancellation)
    {
    }

    private ComparisonSubject(DeploymentPlan? plan, Func<Dag> dag, CancellationToken cancellation)
    {
        Plan = plan;
        _dag = new(dag);
        _report = new(() => CheckRunner.Run(Dag, cancellation: cancellation));
        _timing = new(() => plan is null ? null : PlanTimer.Measure(plan, cancellation: cancellation));
        _simulations = new(() => Dag.Times is null || !TopologicalOrder.Exists(Dag.Topology) ? []
            : PlanTimer.Measure(Dag, cancellation: cancellation));
    }

    /// <summary>What may be a plan or a graph; a plan is drawn as finely as the graph on the other side, if there is one.</summary>
    public static ComparisonSubject Of(DeploymentPlan? plan, Dag? dag, DetailLevel? other, CancellationToken cancellation = default) =>
        plan is null ? new ComparisonSubject(dag!, cancellation)
            : new ComparisonSubject(plan, other ?? DetailLevel.Operator, cancellation);

    /// <summary>The plan; null for a graph.</summary>
    public DeploymentPlan? Plan { get; }

    /// <summary>The graph.</summary>
    public Dag Dag => _dag.Value;

    /// <summary>The name of plan or graph.</summary>
    public string Name => Plan?.Name ?? Dag.Name;

    /// <summary>How the rules came out.</summary>
    public CheckReport Report => _report.Value;

    /// <summary>The plan in time; null for a graph.</summary>
    internal PlanTiming? Timing => _timing.Value;

    /// <summary>The graph in time, a row a phase; none where it does not tell times or has a cycle.</summary>
    internal IReadOnlyList<Timing> Simulations => _simulations.Value;

    /// <summary>The fullest GPU of each phase and stage; empty where nobody tells.</summary>
    internal IReadOnlyList<DagMemory> Memory => Dag.Memory;
}
