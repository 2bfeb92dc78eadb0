using ParallelDag.Graphs;

namespace ParallelDag.Explanations;

/// <summary>Which rules hold a node to its plan.</summary>
internal static class CoveringRules
{
    /// <summary>The rules, in the order of their identifiers.</summary>
    public static IReadOnlyList<CheckRule> Of(NodeFacts facts)
    {
        var ids = new SortedSet<string>(["PD003", "PD004", "PD005", "PD022", "PD023"], StringComparer.Ordinal);
        if (facts.Collective != CollectiveKind.None)
            ids.UnionWith(["PD006", "PD012", "PD014", "PD021"]);
        if (facts.Collective == CollectiveKind.None)
            ids.UnionWith(["PD010", "PD015"]);
        ids.UnionWith(facts.Role switch
        {
            OperatorRole.Send => ["PD007"],
            OperatorRole.CacheTransfer => ["PD016", "PD017"],
            OperatorRole.Residual => ["PD016"],
            OperatorRole.Core => ["PD016", "PD017", "PD026"],
            OperatorRole.Projection or OperatorRole.OutputProjection => ["PD026"],
            OperatorRole.Experts or OperatorRole.Dispatch or OperatorRole.Combine => ["PD008", "PD025"],
            OperatorRole.Gate or OperatorRole.Selection => ["PD009"],
            _ => (string[])[],
        });
        return [.. CheckRule.All.Where(rule => ids.Contains(rule.Id))];
    }
}
