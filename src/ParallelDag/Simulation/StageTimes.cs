using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Simulation;

/// <summary>
/// The time of each stage by its longest chain: <c>chain(v) = duration(v) + max chain(u)</c> over v's predecessors in the same stage and
/// micro-batch. Contention between micro-batches does not enter, so equal stages have equal times.
/// </summary>
internal static class StageTimes
{
    /// <summary>The stages in the order of phase and index; none where nodes do not tell their stage. O(V + E) time, O(V) space.</summary>
    public static StageTime[] Of(DagActions actions)
    {
        Dag dag = actions.Dag;
        if (!TopologicalOrder.TryCompute(dag.Topology, out int[] order))
            throw new CycleException();
        int[] passes = PassOfScope(dag);
        long[] chains = new long[dag.NodeCount];
        var longest = new SortedDictionary<(PhaseKind? Phase, int Stage), long>(Comparer<(PhaseKind?, int)>.Default);
        foreach (int node in order)
        {
            if (!Counts(actions, node))
                continue;
            NodeScope scope = dag.ScopeOf(node);
            long before = 0;
            foreach (int link in dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (passes[dag.ScopeColumn[source]] == passes[dag.ScopeColumn[node]])
                    before = Math.Max(before, chains[source]);
            }

            long chain = chains[node] = before + actions.Actions.DurationOf(node);
            if (longest.GetValueOrDefault((scope.Phase, scope.Stage!.Value)) is long known && (chain > known || known == 0))
                longest[(scope.Phase, scope.Stage.Value)] = chain;
        }

        return [.. longest.Select(stage => new StageTime(stage.Key.Phase, stage.Key.Stage, stage.Value))];
    }

    /// <summary>True for a node of a stage; what runs between stages and phases belongs to none.</summary>
    private static bool Counts(DagActions actions, int node) =>
        actions.Includes(node) && actions.Dag.ScopeOf(node).Stage is not null
        && actions.Dag.FactsOf(node).Role is not (OperatorRole.Send or OperatorRole.CacheTransfer);

    /// <summary>A number for each scope, equal where phase, stage and micro-batch are.</summary>
    private static int[] PassOfScope(Dag dag)
    {
        var numbers = new Dictionary<(PhaseKind?, int?, int), int>();
        return [.. dag.ScopeTable.ToArray().Select(scope =>
        {
            (PhaseKind?, int?, int) key = (scope.Phase, scope.Stage, scope.MicroBatch);
            if (!numbers.TryGetValue(key, out int number))
                numbers.Add(key, number = numbers.Count);
            return number;
        })];
    }
}
