using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>A DAG taken apart so that a test can break one thing in it and put it together again.</summary>
internal sealed class DagMutator
{
    public DagMutator(Dag dag)
    {
        Header = dag.Header;
        Source = dag.Source;
        foreach (DagNode node in dag.Nodes)
            Nodes.Add(new Row(node.Id, dag.FactsOf(node.Index), dag.ScopeOf(node.Index), node.Gpus));
        foreach (DagEdge edge in dag.Edges)
            Edges.Add((edge.GetSource().Index, edge.GetTarget().Index, edge.Kind, dag.EdgeFactsOf(edge.GetSource().Index, edge.Index)));
    }

    public DagHeader Header { get; set; }

    public SourceMap? Source { get; set; }

    public List<Row> Nodes { get; } = [];

    public List<(int Source, int Target, EdgeKind Kind, EdgeFacts Facts)> Edges { get; } = [];

    public int Index(string id) => Nodes.FindIndex(node => node.Id == id);

    /// <summary>Changes the facts of one node.</summary>
    public DagMutator Facts(string id, Func<NodeFacts, NodeFacts> change)
    {
        Nodes[Index(id)] = Nodes[Index(id)] with { Facts = change(Nodes[Index(id)].Facts) };
        return this;
    }

    /// <summary>Changes where one node stands.</summary>
    public DagMutator Scope(string id, Func<NodeScope, NodeScope> change)
    {
        Nodes[Index(id)] = Nodes[Index(id)] with { Scope = change(Nodes[Index(id)].Scope) };
        return this;
    }

    /// <summary>Changes the GPUs of one node; null takes them away.</summary>
    public DagMutator Gpus(string id, string? gpus)
    {
        Nodes[Index(id)] = Nodes[Index(id)] with { Gpus = gpus is null ? null : GpuSet.Parse(gpus) };
        return this;
    }

    public DagMutator AddEdge(string source, string target, EdgeKind kind = EdgeKind.Data)
    {
        Edges.Add((Index(source), Index(target), kind, default));
        return this;
    }

    public DagMutator RemoveEdge(string source, string target)
    {
        int at = Edges.FindIndex(edge => edge.Source == Index(source) && edge.Target == Index(target));
        Assert.True(at >= 0, $"no edge {source} -> {target}");
        Edges.RemoveAt(at);
        return this;
    }

    public DagMutator WithHeader(Func<DagHeader, DagHeader> change)
    {
        Header = change(Header);
        return this;
    }

    public Dag Build()
    {
        var builder = new DagBuilder();
        var table = new Dictionary<NodeFacts, int>(ReferenceEqualityComparer.Instance); // Shared, as in a generated graph.
        foreach (Row row in Nodes)
        {
            if (!table.TryGetValue(row.Facts, out int index))
                table.Add(row.Facts, index = builder.AddFacts(row.Facts));
            builder.AddNode(row.Id, index, builder.AddScope(row.Scope), builder.AddGpus(row.Gpus));
        }

        foreach ((int source, int target, EdgeKind kind, EdgeFacts facts) in Edges)
            builder.AddEdge(source, target, kind, facts);
        return builder.Build(Header, source: Source);
    }

    internal sealed record Row(string Id, NodeFacts Facts, NodeScope Scope, GpuSet? Gpus);
}
