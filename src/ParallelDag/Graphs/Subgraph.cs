namespace ParallelDag.Graphs;

/// <summary>
/// Some nodes of a DAG as a DAG of their own: their facts, ids and GPUs as they were, the header too, but no places in a file. Which edges:
/// those given, or all between the nodes (the induced subgraph).
/// </summary>
public static class Subgraph
{
    private const int CancellationStride = 1 << 16;

    /// <summary>Copies nodes and edges, in the order of <paramref name="dag"/>. O(V + E).</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="nodes">Rows of nodes; the ends of <paramref name="edges"/> come with them.</param>
    /// <param name="edges">Positions of edges; null: every edge between the nodes.</param>
    /// <param name="name">The name of the new DAG; null: as the old one.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Dag Of(
        Dag dag, IEnumerable<int> nodes, IEnumerable<int>? edges = null, string? name = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dag);
        bool[] takesNode = new bool[dag.NodeCount];
        foreach (int node in nodes)
            takesNode[node] = true;
        bool[]? takesEdge = edges is null ? null : new bool[dag.EdgeCount];
        foreach (int edge in edges ?? [])
        {
            takesEdge![edge] = true;
            takesNode[dag.Topology.SourceOf(edge)] = true;
            takesNode[dag.Topology.TargetOf(edge)] = true;
        }

        var builder = new DagBuilder();
        int[] rows = CopyNodes(dag, takesNode, builder, cancellation);
        for (int source = 0; source < dag.NodeCount; source++)
        {
            if (source % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            if (!takesNode[source])
                continue;
            int first = dag.Topology.FirstEdge(source), last = first + dag.Topology.OutDegree(source);
            for (int edge = first; edge < last; edge++)
            {
                int target = dag.Topology.TargetOf(edge);
                if (takesEdge?[edge] ?? takesNode[target])
                    builder.AddEdge(rows[source], rows[target], dag.Topology.KindOf(edge), dag.EdgeFactsOf(source, edge));
            }
        }

        return builder.Build(dag.Header with { Name = name ?? dag.Name }, clock: dag.Clock, cancellation: cancellation);
    }

    /// <summary>Adds the nodes that are taken and returns the new row of each old one.</summary>
    private static int[] CopyNodes(Dag dag, bool[] takes, DagBuilder builder, CancellationToken cancellation)
    {
        var facts = new Dictionary<NodeFacts, int>(ReferenceEqualityComparer.Instance);
        var scopes = new Dictionary<NodeScope, int>();
        int[] rows = new int[dag.NodeCount];
        for (int node = 0; node < rows.Length; node++)
        {
            if (node % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            if (!takes[node])
                continue;
            NodeFacts own = dag.FactsOf(node);
            if (!facts.TryGetValue(own, out int factsRow))
                facts.Add(own, factsRow = builder.AddFacts(own));
            NodeScope scope = dag.ScopeOf(node);
            if (!scopes.TryGetValue(scope, out int scopeRow))
                scopes.Add(scope, scopeRow = builder.AddScope(scope));
            rows[node] = builder.AddNode(dag.IdOf(node), factsRow, scopeRow, builder.AddGpus(dag.GpusOf(node)));
        }

        return rows;
    }
}
