using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// A graph that states its plan against the graph that the plan generates at the same detail: degrees, stages, and each node by phase,
/// layer, micro-batch, operator, GPUs and experts.
/// Ids may differ. O(V) time and memory.
/// </summary>
internal static class PlanDifference
{
    /// <summary>Tells what the graph lacks and what it has beyond the plan.</summary>
    public static void Check(Inspection inspection, Dag plan)
    {
        Dag dag = inspection.Dag;
        CheckHeader(inspection, plan);
        var due = new Dictionary<Key, (int Count, int First)>();
        for (int node = 0; node < plan.NodeCount; node++)
        {
            inspection.Step(node);
            Key key = Key.Of(plan, node);
            (int count, int first) = due.GetValueOrDefault(key, (0, node));
            due[key] = (count + 1, first);
        }

        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            Key key = Key.Of(dag, node);
            if (due.TryGetValue(key, out (int Count, int First) known) && known.Count > 0)
                due[key] = (known.Count - 1, known.First);
            else
                inspection.NodeFault(node, "that the plan does not have", $"{dag.FactsOf(node).Op} on GPUs {Text(dag, node)}");
        }

        foreach (var operators in due.Where(item => item.Value.Count > 0).GroupBy(item => (item.Key.Phase, item.Key.Op))
            .OrderBy(group => group.Min(item => item.Value.First)))
        {
            int first = operators.Min(item => item.Value.First), count = operators.Sum(item => item.Value.Count);
            inspection.Fault(
                $"{Words.Count(count, "node")} of {Inspection.OneLine(plan.FactsOf(first).Name)} missing, the first {plan.IdOf(
                    first)} on GPUs {Text(plan, first)}");
        }
    }

    private static void CheckHeader(Inspection inspection, Dag plan)
    {
        foreach (DagPhase due in plan.Phases)
        {
            if (inspection.Dag.Phases.FirstOrDefault(phase => phase.Phase == due.Phase) is not DagPhase own)
            {
                inspection.Fault($"the plan's {due} phase is missing");
                continue;
            }

            foreach ((string axis, int degree) in due.Axes.OrderBy(item => item.Key, StringComparer.Ordinal))
            {
                if (own.Axes.GetValueOrDefault(axis, 1) != degree)
                    inspection.Fault(
                        Words.Invariant($"{due} has {axis}={own.Axes.GetValueOrDefault(axis, 1)}, the plan {axis}={degree}"));
            }

            if (!own.Stages.SequenceEqual(due.Stages))
                inspection.Fault($"{due} has other stages than the plan: {Inspection.OneLine(string.Join(", ", own.Stages))}");
        }

        foreach (DagPhase own in inspection.Dag.Phases.Where(own => plan.Phases.All(due => due.Phase != own.Phase)))
            inspection.Fault($"the plan has no {own} phase");
    }

    private static string Text(Dag dag, int node) => Inspection.OneLine(dag.GpusOf(node)?.ToString() ?? "unknown");

    /// <summary>What tells the nodes of a plan apart.</summary>
    private readonly record struct Key(
        PhaseId? Phase, int? Layer, string? Layers, int MicroBatch, string? Op, string? Experts, GpuSet? Gpus)
    {
        public static Key Of(Dag dag, int node)
        {
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            return new Key(scope.Phase, scope.Layer, scope.Layers, scope.MicroBatch, facts.Op, facts.Experts, dag.GpusOf(node));
        }
    }
}
