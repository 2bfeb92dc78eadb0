using ParallelDag.Files;
using ParallelDag.Lowering;

namespace ParallelDag.Commands.Inputs;

/// <summary>An input that has been opened: a DAG as it is, or a plan to generate one from.</summary>
internal sealed class DagSource
{
    private readonly Dag? _dag;

    public DagSource(Dag dag) => _dag = dag;

    public DagSource(DeploymentPlan plan) => Plan = plan;

    /// <summary>The plan, or null when the input was a DAG.</summary>
    public DeploymentPlan? Plan { get; }

    /// <summary>What it was read from; null when it came as an object.</summary>
    public InputFile? Input { get; init; }

    /// <summary>The name that files are called after.</summary>
    public string Name => Plan?.Name ?? _dag!.Name;

    /// <summary>True when there is a plan, or when the DAG is drawn at <paramref name="detail"/> already (null: however it is).</summary>
    public bool Offers(DetailLevel? detail) => _dag is null || detail is null || _dag.Detail == detail;

    /// <summary>True when the plan has that phase.</summary>
    public bool Has(PhaseFilter phase) => ToPhase(phase) is not PhaseKind kind || Plan?.Layout(kind) is not null;

    /// <summary>The level at which <see cref="Open"/> draws.</summary>
    public DetailLevel DetailOf(DetailLevel? wanted) => _dag?.Detail ?? wanted ?? DetailLevel.Operator;

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
