using ParallelDag.Graphs;

namespace ParallelDag;

/// <summary>What the nodes of one operator take of a GPU.</summary>
/// <param name="Op">The operator; where a file does not tell, the node's name.</param>
/// <param name="Count">Device nodes: an operator of a layer on one GPU, a collective of one group.</param>
/// <param name="Seconds">Seconds of the mean GPU, over all layers and micro-batches.</param>
/// <param name="Bound">What bounds most of them.</param>
/// <param name="Share">The share of the makespan; what overlaps counts in both.</param>
public sealed record OperatorUse(string Op, long Count, double Seconds, TimeBound Bound, double Share)
{
    /// <summary>The operators of a phase, the largest first.</summary>
    internal static IReadOnlyList<OperatorUse> Of(Dag dag, PhaseId? phase, double makespan)
    {
        var sums = new Dictionary<string, Sum>();
        var gpus = new HashSet<GpuSet>();
        if (dag.Times is not NodeTimes times)
            return [];
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if ((phase is not null && dag.ScopeOf(node).Phase != phase) || dag.GpusOf(node) is not GpuSet set || times[node].Seconds == 0)
                continue;
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Role == OperatorRole.CacheTransfer)
                continue;
            gpus.Add(set);
            string op = facts.Op ?? facts.Name;
            if (!sums.TryGetValue(op, out Sum? sum))
                sums.Add(op, sum = new Sum());
            sum.Add(facts.Members, times[node], set.Count);
        }

        int all = GpuSet.UnionAll(gpus).Count;
        return [.. sums
            .Select(entry => new OperatorUse(entry.Key, entry.Value.Count, entry.Value.Seconds / all, entry.Value.Bound,
                makespan > 0 ? entry.Value.Seconds / all / makespan : 0))
            .OrderByDescending(use => use.Seconds).ThenBy(use => use.Op, StringComparer.Ordinal)];
    }

    private sealed class Sum
    {
        private readonly double[] _ofBound = new double[Enum.GetValues<TimeBound>().Length];

        public long Count { get; private set; }

        public double Seconds { get; private set; }

        public TimeBound Bound => (TimeBound)Array.IndexOf(_ofBound, _ofBound.Max());

        public void Add(long members, NodeTime time, int gpus)
        {
            Count += members;
            Seconds += time.Seconds * gpus;
            _ofBound[(int)time.Bound] += time.Seconds * gpus;
        }
    }
}
