namespace ParallelDag.Chakra.Writing;

/// <summary>
/// The communicator groups of a set of traces: one id from 1 for each distinct set of ranks, first use first. A group of one never occurs:
/// a simulator hangs on it, and there is nothing to communicate.
/// </summary>
internal sealed class GroupTable
{
    private readonly Dictionary<int, int> _idOfSet = [];
    private readonly List<int[]> _groups = [];

    /// <summary>Numbers the groups of all collectives.</summary>
    public GroupTable(TraceActions actions)
    {
        for (int id = 1; id <= actions.Count; id++)
        {
            int node = actions.NodeOf(id), set = actions.Dag.GpuColumn[node];
            if (_idOfSet.ContainsKey(set) || !IsGroup(actions.Dag, node))
                continue;
            _groups.Add(actions.Ranks.Of(actions.Dag.GpuTable[set]!));
            _idOfSet.Add(set, _groups.Count);
        }
    }

    /// <summary>The ranks of each group, ascending; the first has id 1.</summary>
    public IReadOnlyList<int[]> Groups => _groups;

    /// <summary>The id of the group on a set of GPUs, by its place in the graph's table.</summary>
    public int IdOf(int set) => _idOfSet[set];

    /// <summary>True for a collective of several ranks.</summary>
    public static bool IsGroup(Dag dag, int node) =>
        dag.FactsOf(node).Collective is not (CollectiveKind.None or CollectiveKind.SendRecv) && dag.GpusOf(node)!.Count > 1;
}
