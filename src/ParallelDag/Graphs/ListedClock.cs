namespace ParallelDag.Graphs;

/// <summary>Times as a file lists them, node by node.</summary>
/// <param name="times">The time of each node.</param>
internal sealed class ListedClock(NodeTime[] times) : INodeClock
{
    /// <inheritdoc/>
    public NodeTimes TimesOf(Dag dag)
    {
        var index = new Dictionary<NodeTime, int>();
        var table = new List<NodeTime>();
        int[] ids = new int[times.Length];
        for (int node = 0; node < ids.Length; node++)
        {
            if (!index.TryGetValue(times[node], out ids[node]))
            {
                ids[node] = table.Count;
                index.Add(times[node], table.Count);
                table.Add(times[node]);
            }
        }

        return new NodeTimes(ids, [.. table]);
    }
}
