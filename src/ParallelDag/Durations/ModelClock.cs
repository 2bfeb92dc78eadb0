using System.Runtime.InteropServices;
using ParallelDag.Graphs;

namespace ParallelDag.Durations;

/// <summary>Times the nodes of a generated DAG by a model: once for each distinct pair of facts and span of a group.</summary>
/// <param name="model">The model.</param>
internal sealed class ModelClock(TimeModel model) : INodeClock
{
    private const int Unknown = -1;

    public int OverlapSmsOf(PhaseKind phase) =>
        phase == PhaseKind.Prefill ? model.Overrides.OverlapSmsPrefill : model.Overrides.OverlapSmsDecode;

    public NodeTimes TimesOf(Dag dag)
    {
        ReadOnlySpan<NodeFacts> facts = dag.FactsTable;
        ReadOnlySpan<int> factsColumn = dag.FactsColumn, gpuColumn = dag.GpuColumn;
        var table = new TimeTable();
        int[] idOfFacts = new int[facts.Length];
        for (int i = 0; i < facts.Length; i++)
            idOfFacts[i] = facts[i].Collective == CollectiveKind.None ? table.Add(model.Of(facts[i], default)) : Unknown;

        (int[] spanOfGpus, GroupSpan[] spans) = SpansOf(dag);
        int[]?[] idOfSpan = new int[facts.Length][];
        var idOfGroups = new Dictionary<(int Facts, int Gpus), int>();
        bool[] noted = new bool[facts.Length];
        foreach (int known in dag.FactsWithSpans)
            noted[known] = true;
        int[] ids = new int[dag.NodeCount];
        for (int node = 0; node < ids.Length; node++)
        {
            int own = factsColumn[node], id = idOfFacts[own];
            if (id == Unknown && noted[own])
            {
                if (!idOfGroups.TryGetValue((own, gpuColumn[node]), out id))
                {
                    id = table.Add(model.Of(facts[own], dag.SpanOf(node) ?? spans[spanOfGpus[gpuColumn[node]]]));
                    idOfGroups.Add((own, gpuColumn[node]), id);
                }
            }
            else if (id == Unknown)
            {
                int[] known = idOfSpan[own] ??= Enumerable.Repeat(Unknown, spans.Length).ToArray();
                int span = spanOfGpus[gpuColumn[node]];
                if (known[span] == Unknown)
                    known[span] = table.Add(model.Of(facts[own], spans[span]));
                id = known[span];
            }

            ids[node] = id;
        }

        return new NodeTimes(ids, table.ToArray());
    }

    /// <summary>For each entry of the table of GPU sets: which of the distinct spans its group has.</summary>
    private (int[] OfGpus, GroupSpan[] Spans) SpansOf(Dag dag)
    {
        var known = new Dictionary<GroupSpan, int>();
        var spans = new List<GroupSpan>();
        int[] ofGpus = new int[dag.GpuTable.Length];
        for (int i = 0; i < ofGpus.Length; i++)
        {
            GroupSpan span = dag.GpuTable[i] is GpuSet gpus ? model.Cluster.SpanOf(gpus) : default;
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(known, span, out bool exists);
            if (!exists)
            {
                index = spans.Count;
                spans.Add(span);
            }

            ofGpus[i] = index;
        }

        return (ofGpus, [.. spans]);
    }

    private sealed class TimeTable
    {
        private readonly Dictionary<NodeTime, int> _index = [];
        private readonly List<NodeTime> _times = [];

        public int Add(NodeTime time)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, time, out bool exists);
            if (!exists)
            {
                index = _times.Count;
                _times.Add(time);
            }

            return index;
        }

        public NodeTime[] ToArray() => [.. _times];
    }
}
