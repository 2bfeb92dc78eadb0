using ParallelDag.Drawings;
using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>What a node is by its operator or, in a drawing without operators, by what its label says.</summary>
internal static class OpClasses
{
    /// <summary>True for experts: by operator, or by a computation whose label numbers experts.</summary>
    public static bool IsExperts(NodeFacts facts) =>
        facts.Role == OperatorRole.Experts || (facts.Op is null && facts.Experts is not null && facts.Kind == NodeKind.Computation);

    /// <summary>True for a gate, a router or a Top-k of a drawing.</summary>
    public static bool Chooses(NodeFacts facts) => facts.Role is OperatorRole.Gate or OperatorRole.Selection
        || (facts.Experts is null && facts.Kind is not (NodeKind.Input or NodeKind.Output) && KindText.Chooses(facts.Name));

    /// <summary>True for what chooses experts: a Top-k by operator, or a routing node that is no split by its label.</summary>
    public static bool IsSelection(NodeFacts facts) => facts.Role == OperatorRole.Selection
        || (facts is { Op: null, Kind: NodeKind.Routing, Drawing.KindSource: KindSource.Stated or KindSource.Label }
            && !facts.Name.Contains("split", StringComparison.OrdinalIgnoreCase));
}
