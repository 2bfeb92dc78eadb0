using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// PD015: FLOPs follow from the operator and its shapes (<see cref="OperationCounts"/>). Where a formula needs what a graph does not tell
/// (the inner width of experts,
/// the ranks of a latent projection), operations per row are one number throughout the graph.
/// An overview adds up whole blocks, so there only what computes nothing is looked at.
/// </summary>
internal static class Operations
{
    public static CheckRule Rule { get; } = new(
        "PD015",
        "FLOPs follow from operators and shapes",
        "Looks at the FLOPs of every node: 2mkn of linear layers, pairs times heads of attention, 4 per element of norms, 1 of sums, "
            + "none of communication. Skipped for a graph without operators or without FLOPs.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        ReadOnlySpan<NodeFacts> table = dag.FactsTable;
        bool told = false, operators = false;
        foreach (NodeFacts facts in table)
        {
            told |= facts.Flops > 0;
            operators |= facts.Operator is { Role: not (OperatorRole.Input or OperatorRole.Output) };
        }

        if (!operators || (!told && !inspection.Survey.IsStated))
            return inspection.Skip(operators ? "FLOPs on any node" : "operator on any node");
        var counts = new OperationCounts(inspection);
        var verdicts = new Dictionary<(int Facts, PhaseKind? Phase, int? Layer), string?>();
        long computing = 0;
        decimal total = 0;
        int lastFacts = -1, lastScope = -1;
        string? fault = null;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            computing += facts.Flops > 0 ? 1 : 0;
            total += facts.Flops;
            if (dag.FactsColumn[node] != lastFacts || dag.ScopeColumn[node] != lastScope) // The shards of a step follow each other.
            {
                (lastFacts, lastScope) = (dag.FactsColumn[node], dag.ScopeColumn[node]);
                var key = (lastFacts, dag.ScopeOf(node).Phase, dag.ScopeOf(node).Layer);
                if (!verdicts.TryGetValue(key, out fault))
                    verdicts.Add(key, fault = counts.FaultOf(facts, key.Phase, key.Layer));
            }

            if (fault is not null)
                inspection.NodeFault(node, "whose FLOPs do not follow from their shapes", fault);
        }

        if (dag.Detail != DetailLevel.Overview)
            counts.CheckExperts();
        return inspection.Conclude(
            $"{Inspection.Count(computing, "node")} that compute, "
                + $"{total.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} FLOPs in all, as their operators and "
                + $"shapes make them");
    }
}
