using ParallelDag.Checks;
using ParallelDag.Collections;

namespace ParallelDag;

/// <summary>A rule that a deployment DAG can be held against: an identifier, what it demands, and what it looks at.</summary>
public sealed class CheckRule
{
    internal CheckRule(string id, string title, string description, Func<Inspection, CheckResult> check)
    {
        Id = id;
        Title = title;
        Description = description;
        Check = check;
    }

    /// <summary>A rule for something else than a DAG, which has its own way of checking it.</summary>
    /// <param name="id">The identifier.</param>
    /// <param name="title">What the rule demands.</param>
    /// <param name="description">What it looks at.</param>
    /// <param name="subject">What it is for: <c>set of traces</c>.</param>
    internal CheckRule(string id, string title, string description, string subject)
        : this(id, title, description, inspection => inspection.Skip(subject))
    {
    }

    /// <summary>The identifier: <c>PD001</c>.</summary>
    public string Id { get; }

    /// <summary>What the rule demands, in a few words.</summary>
    public string Title { get; }

    /// <summary>What the rule looks at and when it is skipped.</summary>
    public string Description { get; }

    /// <summary>Whether the rule has something to look at; where not, it runs only when asked for by its identifier.</summary>
    internal Func<Dag, bool> RunsWhere { get; init; } = _ => true;

    /// <summary>Runs the rule.</summary>
    internal Func<Inspection, CheckResult> Check { get; }

    /// <summary>Every rule, in the order of the identifiers.</summary>
    public static IReadOnlyList<CheckRule> All { get; } = (ValueList<CheckRule>)
    [
        Acyclic.Rule, Connected.Rule, GpusNamed.Rule, DimensionsNamed.Rule, DimensionsConserved.Rule, ProcessGroups.Rule, SendReceive.Rule,
        ExpertHomes.Rule,
        GateEdges.Rule, StageCoverage.Rule, ShapeConventions.Rule, CollectiveOrder.Rule, MemoryFits.Rule, Quantities.Rule, Operations.Rule,
        ResidualsAndCaches.Rule, CacheComplete.Rule,
        QuantisationBlocks.Rule, TimesInLimits.Rule, SharesInLimits.Rule, AxesStayInNode.Rule, DataMovement.Rule, LayersComplete.Rule,
        LayerOrder.Rule, ExpertsStay.Rule, AttentionParts.Rule, PlanReflected.Rule,
    ];

    /// <summary>The identifier and the title.</summary>
    public override string ToString() => $"{Id} {Title}";
}
