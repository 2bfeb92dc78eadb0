using ParallelDag.Graphs;
using ParallelDag.Wording;

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
        var verdicts = new Dictionary<(int Facts, PhaseId? Phase, int? Layer), string?>();
        long computing = 0;
        decimal total = 0;
        int[] scopeSeen = new int[table.Length]; // The scope for which the facts were last judged, plus one.
        string?[] faults = new string?[table.Length];
        var firstOf = new List<int>();
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            int weight = inspection.Weight(node);
            computing += facts.Flops > 0 ? weight : 0;
            total += facts.Flops * weight;
            int own = dag.FactsColumn[node];
            if (scopeSeen[own] != dag.ScopeColumn[node] + 1)
            {
                scopeSeen[own] = dag.ScopeColumn[node] + 1;
                var key = (own, dag.ScopeOf(node).Phase, dag.ScopeOf(node).Layer);
                firstOf.Add(node);
                if (!verdicts.TryGetValue(key, out faults[own]))
                    verdicts.Add(key, faults[own] = counts.FaultOf(facts, key.Phase, key.Layer));
            }

            if (faults[own] is string fault)
                inspection.NodeFault(node, "whose FLOPs do not follow from their shapes", fault);
        }

        CheckOthers(inspection, counts, verdicts, firstOf);
        if (dag.Detail != DetailLevel.Overview)
            counts.CheckExperts();
        return inspection.Conclude(
            $"{Words.Count(computing, "node")} that compute, "
                + $"{total.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} FLOPs in all, as their operators and "
                + $"shapes make them");
    }

    /// <summary>Sections that are like one that was looked at belong to other layers, in which the same facts must agree too.</summary>
    private static void CheckOthers(
        Inspection inspection, OperationCounts counts, Dictionary<(int Facts, PhaseId? Phase, int? Layer), string?> verdicts,
        List<int> nodes)
    {
        if (inspection.Alike is not AlikeSections alike)
            return;
        Dag dag = inspection.Dag;
        SectionIndex sections = inspection.Survey.Sections;
        ILookup<int, int> factsOf = nodes.ToLookup(node => sections.Of(dag, node), node => dag.FactsColumn[node]);
        for (int section = 0; section < sections.Count; section++)
        {
            NodeScope scope = sections.Scopes[section];
            foreach (int facts in alike.ModelOf(section) == section ? [] : factsOf[alike.ModelOf(section)])
            {
                var key = (facts, scope.Phase, scope.Layer);
                if (verdicts.ContainsKey(key))
                    continue;
                string? fault = counts.FaultOf(dag.FactsTable[facts], scope.Phase, scope.Layer);
                verdicts.Add(key, fault);
                if (fault is not null)
                    inspection.Fault($"{sections.NameOf(section)}: {fault}");
            }
        }
    }
}
