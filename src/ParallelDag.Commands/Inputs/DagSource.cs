using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Lowering;

namespace ParallelDag.Commands.Inputs;

/// <summary>An input that has been opened: a DAG as it is, or a plan to generate one from.</summary>
internal sealed class DagSource
{
    private readonly Dag? _dag;
    private readonly string? _modelName;

    public DagSource(Dag dag) => _dag = dag;

    public DagSource(DeploymentPlan plan) => Plan = plan;

    public DagSource(string name, ModelSpec model) => (_modelName, Model) = (name, model);

    /// <summary>What plans are searched for: a plan without strategies, or with them.</summary>
    public DagSource(PlanSpec environment) => (Environment, _modelName) = (environment, environment.Name);

    private DagSource(string traceName, InputFile trace) => (_modelName, Input) = (traceName, trace);

    public DagSource(DagNode node)
    {
        _dag = node.GetDag();
        Node = node;
    }

    /// <summary>
    /// A set of traces that is not read yet, for the command that checks one: what is wrong with it keeps it from being a DAG.
    /// </summary>
    public static DagSource OfTraces(InputFile trace) => new(trace.Name, trace) { IsTraces = true };

    /// <summary>True for a set of traces that is not read yet; <see cref="Input"/> is one of them.</summary>
    public bool IsTraces { get; private init; }

    /// <summary>The plan, or null when the input was a DAG.</summary>
    public DeploymentPlan? Plan { get; }

    /// <summary>The plan behind a DAG of this source: the plan itself, or the one that the DAG was generated from whole.</summary>
    public DeploymentPlan? PlanOf(Dag dag) => Plan ?? (Revival.OriginOf(dag) is (var plan, PhaseFilter.All) ? plan : null);

    /// <summary>What it was read from; null when it came as an object.</summary>
    public InputFile? Input { get; init; }

    /// <summary>The model of a config.json, for the command that measures one; null otherwise.</summary>
    public ModelSpec? Model { get; }

    /// <summary>What plans are searched for; null otherwise.</summary>
    public PlanSpec? Environment { get; }

    /// <summary>The node that was given in place of its whole DAG, or null.</summary>
    public DagNode? Node { get; }

    /// <summary>The name that files are called after.</summary>
    public string Name => Plan?.Name ?? _modelName ?? _dag!.Name;

    /// <summary>True when there is a plan, or when the DAG is drawn at <paramref name="detail"/> already (null: however it is).</summary>
    public bool Offers(DetailLevel? detail) => _dag is null || detail is null || _dag.Detail == detail;

    /// <summary>True when the plan has that phase.</summary>
    public bool Has(PhaseFilter phase) => ToPhase(phase) is not PhaseKind kind || Plan?.Layout(kind) is not null;

    /// <summary>The level at which <see cref="Open"/> draws.</summary>
    public DetailLevel DetailOf(DetailLevel? wanted) => _dag?.Detail ?? wanted ?? DetailLevel.Operator;

    /// <summary>The level at which a plan is drawn in a format unless told otherwise; null for a DAG, which has one.</summary>
    public DetailLevel? DetailFor(GraphFormat format) => Plan is null ? null : format.DefaultDetail;

    /// <summary>The DAG. Long work for a large plan.</summary>
    public Dag Open(DetailLevel? detail, PhaseFilter phase, CancellationToken cancellation) =>
        _dag ?? DagGenerator.Generate(Plan!, DetailOf(detail), ToPhase(phase), cancellation);

    /// <summary>The phase that a filter names, or null for all.</summary>
    public static PhaseKind? ToPhase(PhaseFilter filter) => filter switch
    {
        PhaseFilter.Prefill => PhaseKind.Prefill,
        PhaseFilter.Decode => PhaseKind.Decode,
        _ => null,
    };
}
