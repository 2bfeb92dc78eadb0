using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Comparisons;

/// <summary>Operators that are not there on both sides, or are there and do other work; a row for each operator of a phase.</summary>
internal static class OperatorDifferences
{
    // Rows come in the order in which a token meets operators.
    private static readonly Dictionary<string, int> Order = Ops.All.Select((name, index) => (name, index)).ToDictionary();

    /// <summary>Adds the rows; tells whether the work is the same and whether some of it is on other GPUs.</summary>
    public static (bool SameWork, bool Moved) Add(DifferenceRows rows, NodeMatch match)
    {
        var changes = new SortedDictionary<(int Phase, int Order, string Name), OperatorChange>();
        var alike = new Dictionary<(int, int), bool>();
        bool same = true, moved = false;
        for (int node = 0; node < match.Reference.NodeCount; node++)
        {
            int other = match.OtherOf[node];
            if (other >= 0 && AreAlike(match, node, other, alike))
            {
                moved |= !Equals(match.Reference.GpusOf(node), match.Difference.GpusOf(other));
                continue;
            }

            same &= match.Reference.FactsOf(node).Role == OperatorRole.CacheTransfer;
            ChangeOf(changes, match.Reference, node).AddReference(match.Reference, node);
            if (other >= 0)
                ChangeOf(changes, match.Reference, node).AddDifference(match.Difference, other);
        }

        for (int other = 0; other < match.Difference.NodeCount; other++)
        {
            if (match.ReferenceOf[other] >= 0)
                continue;
            same &= match.Difference.FactsOf(other).Role == OperatorRole.CacheTransfer;
            ChangeOf(changes, match.Difference, other).AddDifference(match.Difference, other);
        }

        foreach (OperatorChange change in changes.Values)
            rows.Add(change.ToRow());
        return (same, moved);
    }

    private static OperatorChange ChangeOf(
        SortedDictionary<(int Phase, int Order, string Name), OperatorChange> changes, Dag dag, int node)
    {
        NodeFacts facts = dag.FactsOf(node);
        PhaseId? phase = dag.ScopeOf(node).Phase;
        int order = facts.Op is string op && Order.TryGetValue(op, out int index) ? index : int.MaxValue;
        var key = (PhaseId.Number(phase), order, facts.Op ?? dag.IdOf(node));
        if (!changes.TryGetValue(key, out OperatorChange? change))
            changes.Add(key, change = new OperatorChange(phase, facts.Operator?.Title ?? facts.Name));
        return change;
    }

    /// <summary>True when two nodes do the same work on tensors of the same shapes and placements.</summary>
    private static bool AreAlike(NodeMatch match, int node, int other, Dictionary<(int, int), bool> known)
    {
        var key = (match.Reference.FactsColumn[node], match.Difference.FactsColumn[other]);
        if (known.TryGetValue(key, out bool alike))
            return alike;
        NodeFacts left = match.Reference.FactsOf(node), right = match.Difference.FactsOf(other);
        alike = left.Kind == right.Kind && left.Collective == right.Collective && left.GroupSize == right.GroupSize
            && left.Groups == right.Groups && left.Bytes == right.Bytes && left.WireBytes == right.WireBytes && left.Flops == right.Flops
            && left.HbmBytes == right.HbmBytes && left.Members == right.Members && left.Experts == right.Experts
            && left.Input.Equals(right.Input) && left.Output.Equals(right.Output)
            && PlacedAlike(left.InputPlacement, right.InputPlacement) && PlacedAlike(left.OutputPlacement, right.OutputPlacement);
        known.Add(key, alike);
        return alike;
    }

    /// <summary>True when tensors lie alike; in which order axes are named follows the order of ranks.</summary>
    internal static bool PlacedAlike(PlacementList? left, PlacementList? right) =>
        left?.ToString() == right?.ToString() || Sorted(left) == Sorted(right);

    private static string Sorted(PlacementList? placement) => placement is null
        ? "" : string.Join(';', placement.ToString().Split("; ").Select(tensor =>
    {
        int colon = tensor.IndexOf(": ", StringComparison.Ordinal) + 1;
        return tensor[..colon] + string.Join(',', tensor[colon..].Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
    }));
}
