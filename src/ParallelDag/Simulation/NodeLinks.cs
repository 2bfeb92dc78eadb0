namespace ParallelDag.Simulation;

/// <summary>What the groups of the nodes of a DAG span; one look at a set of GPUs for all nodes on it.</summary>
/// <param name="dag">The graph.</param>
internal sealed class NodeLinks(Dag dag)
{
    private readonly GroupSpan?[] _known = new GroupSpan?[dag.GpuTable.Length];

    /// <summary>The slowest link that a node needs that communicates; null as <see cref="SpanOf"/>.</summary>
    public LinkLevel? Of(int node) => SpanOf(node)?.Level;

    /// <summary>What a node spans that communicates; null where the graph does not tell its cluster or the node's GPUs.</summary>
    public GroupSpan? SpanOf(int node)
    {
        if (dag.SpanOf(node) is GroupSpan span)
            return span;
        int gpus = dag.GpuColumn[node];
        if (_known[gpus] is null && dag.Header.Cluster is ClusterSpec cluster && dag.GpuTable[gpus] is GpuSet set)
            _known[gpus] = cluster.SpanOf(set);
        return _known[gpus];
    }
}
