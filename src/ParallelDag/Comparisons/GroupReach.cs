namespace ParallelDag.Comparisons;

/// <summary>
/// What the groups of a node span: as generation noted it, or, of a node from a file that stands for several groups, as the meshes of the
/// header part its GPUs.
/// </summary>
internal sealed class GroupReach(Dag dag)
{
    private readonly Dictionary<(int Facts, int Gpus), GroupSpan?> _known = [];
    private readonly NodeGroups _groups = new(dag);

    /// <summary>The span of the node's widest group; null where the graph does not tell.</summary>
    public GroupSpan? Of(int node)
    {
        if (dag.Header.Cluster is not ClusterSpec cluster)
            return null;
        var key = (dag.FactsColumn[node], dag.GpuColumn[node]);
        if (!_known.TryGetValue(key, out GroupSpan? span))
        {
            span = dag.SpanOf(node) ?? _groups.Of(node)?.Select(group => cluster.SpanOf(group))
                .OrderBy(group => (group.Level, group.Domains, group.Nodes)).Select(group => (GroupSpan?)group).LastOrDefault();
            _known.Add(key, span);
        }

        return span;
    }
}
