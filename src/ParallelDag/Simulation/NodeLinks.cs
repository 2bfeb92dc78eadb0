namespace ParallelDag.Simulation;

/// <summary>The slowest link that the nodes of a DAG need, by their groups; one look at a set of GPUs for all nodes on it.</summary>
/// <param name="dag">The graph.</param>
internal sealed class NodeLinks(Dag dag)
{
    private readonly LinkLevel?[] _known = new LinkLevel?[dag.GpuTable.Length];

    /// <summary>The level of a node that communicates; null where the graph does not tell its cluster or the node's GPUs.</summary>
    public LinkLevel? Of(int node)
    {
        if (dag.SpanOf(node) is GroupSpan span)
            return span.Level;
        int gpus = dag.GpuColumn[node];
        if (_known[gpus] is null && dag.Header.Cluster is ClusterSpec cluster && dag.GpuTable[gpus] is GpuSet set)
            _known[gpus] = cluster.SpanOf(set).Level;
        return _known[gpus];
    }
}
