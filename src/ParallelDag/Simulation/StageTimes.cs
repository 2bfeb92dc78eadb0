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
        long[] longest = new long[dag.ScopeTable.Length];
        Array.Fill(longest, -1);
        foreach (int node in order)
        {
            if (!Counts(actions, node))
                continue;
            int scope = dag.ScopeColumn[node];
            long before = 0;
            foreach (int link in dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (passes[dag.ScopeColumn[source]] == passes[scope])
                    before = Math.Max(before, chains[source]);
            }

            chains[node] = before + actions.Actions.DurationOf(node);
            longest[scope] = Math.Max(longest[scope], chains[node]);
        }

        return [.. Enumerable.Range(0, longest.Length).Where(scope => longest[scope] >= 0)
            .GroupBy(scope => (dag.ScopeTable[scope].Phase, Stage: dag.ScopeTable[scope].Stage!.Value), scope => longest[scope])
            .OrderBy(stage => stage.Key)
            .Select(stage => new StageTime(stage.Key.Phase, stage.Key.Stage, stage.Max()))];
    }

    /// <summary>
    /// How often each of the micro-batches of a simulated phase gets through when it enters again as soon as it has left: of m that take
    /// <c>sum + (m-1)*max</c> together, <c>max(sum, m*max)</c>.
    /// </summary>
    public static double Interval(SimulationResult result)
    {
        Dag dag = result.GetDag();
        int microBatches = 1;
        double slowest = result.Stages.Select(stage => stage.Seconds).DefaultIfEmpty().Max();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (!result.Actions.Includes(node))
                continue;
            microBatches = Math.Max(microBatches, dag.ScopeOf(node).MicroBatch + 1);
            if (dag.FactsOf(node).Role == OperatorRole.Send)
                slowest = Math.Max(slowest, result.SecondsOf(node));
        }

        return Math.Max(result.Makespan - ((microBatches - 1) * slowest), microBatches * slowest);
    }

    /// <summary>True for a node of a stage; what runs between stages and phases belongs to none.</summary>
    private static bool Counts(DagActions actions, int node) =>
        actions.Includes(node) && actions.Dag.ScopeOf(node).Stage is not null
        && actions.Dag.FactsOf(node).Role is not (OperatorRole.Send or OperatorRole.CacheTransfer);

    /// <summary>A number for each scope, equal where phase, stage and micro-batch are.</summary>
    private static int[] PassOfScope(Dag dag)
    {
        var numbers = new Dictionary<(PhaseId?, int?, int), int>();
        return [.. dag.ScopeTable.ToArray().Select(scope =>
        {
            (PhaseId?, int?, int) key = (scope.Phase, scope.Stage, scope.MicroBatch);
            if (!numbers.TryGetValue(key, out int number))
                numbers.Add(key, number = numbers.Count);
            return number;
        })];
    }
}
