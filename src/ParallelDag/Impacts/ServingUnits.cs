using ParallelDag.Comparisons;
using ParallelDag.Graphs;

namespace ParallelDag.Impacts;

/// <summary>
/// The parts of a phase that work without each other: GPUs that exchange messages stand and fall together. Instances are such parts, and so
/// are data-parallel ranks that share nothing (a dense model); experts over data-parallel ranks tie them together.
/// </summary>
internal static class ServingUnits
{
    /// <summary>The units of each phase, by their first GPU.</summary>
    public static IReadOnlyList<(PhaseId? Phase, GpuSet Gpus)> Of(Dag dag)
    {
        var groups = new NodeGroups(dag);
        var units = new List<(PhaseId?, GpuSet)>();
        foreach (PhaseId? phase in Phases(dag))
        {
            var sets = new UnionFind();
            var seen = new HashSet<(int, int)>();
            for (int node = 0; node < dag.NodeCount; node++)
            {
                NodeFacts facts = dag.FactsOf(node);
                if (dag.ScopeOf(node).Phase != phase || dag.GpusOf(node) is not GpuSet gpus
                    || facts.Role is OperatorRole.CacheTransfer or OperatorRole.Input or OperatorRole.Output
                    || !seen.Add((dag.FactsColumn[node], dag.GpuColumn[node])))
                    continue;
                foreach (int gpu in gpus)
                    sets.Add(gpu);

                // A graph that does not tell groups ties all GPUs of a message together.
                if (facts.Collective != CollectiveKind.None || (facts.Op is null && facts.Kind == NodeKind.Communication))
                {
                    foreach (int[] group in groups.Of(node) ?? [gpus.ToArray()])
                        sets.Join(group);
                }
            }

            units.AddRange(sets.Sets().Select(set => (phase, set)));
        }

        return units;
    }

    private static IEnumerable<PhaseId?> Phases(Dag dag)
    {
        var phases = new SortedSet<int>();
        foreach (NodeScope scope in dag.ScopeTable)
            phases.Add(PhaseId.Number(scope.Phase));
        return phases.Select(PhaseId.Of);
    }

    /// <summary>Disjoint sets (Tarjan 1975): near constant time for each step.</summary>
    private sealed class UnionFind
    {
        private readonly Dictionary<int, int> _parents = [];

        public void Add(int item) => _parents.TryAdd(item, item);

        public void Join(int[] items)
        {
            foreach (int item in items)
            {
                Add(item);
                _parents[Root(item)] = Root(items[0]);
            }
        }

        public IEnumerable<GpuSet> Sets() => _parents.Keys.GroupBy(Root).Select(GpuSet.FromGpus).OrderBy(set => set.First);

        private int Root(int item)
        {
            while (_parents[item] != item)
            {
                _parents[item] = _parents[_parents[item]];
                item = _parents[item];
            }

            return item;
        }
    }
}
