using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>A graph taken apart, with the picks that kinds of damage share.</summary>
internal sealed class GraphUnderDamage(Dag dag, int seed)
{
    private readonly DagMutator _parts = new(dag);

    public Random Random { get; } = new(seed);

    public DetailLevel Detail => dag.Detail;

    public List<DagMutator.Row> Nodes => _parts.Nodes;

    public List<(int Source, int Target, EdgeKind Kind, EdgeFacts Facts)> Edges => _parts.Edges;

    public DagHeader Header
    {
        get => _parts.Header;
        set => _parts.Header = value;
    }

    public Dag Build() => _parts.Build();

    /// <summary>A random node that fits, or -1.</summary>
    public int Node(Func<DagMutator.Row, bool> fits)
    {
        int[] found = [.. Enumerable.Range(0, Nodes.Count).Where(node => fits(Nodes[node]))];
        return found.Length == 0 ? -1 : found[Random.Next(found.Length)];
    }

    /// <summary>A random node that fits, of an operator drawn first: every operator is as likely.</summary>
    public int NodeOfAnyOp(Func<DagMutator.Row, bool> fits)
    {
        string?[] ops = [.. Nodes.Where(fits).Select(node => node.Facts.Op).Distinct()];
        if (ops.Length == 0)
            return -1;
        string? op = ops[Random.Next(ops.Length)];
        return Node(node => node.Facts.Op == op && fits(node));
    }

    public bool ChangeFacts(Func<DagMutator.Row, bool> fits, Func<NodeFacts, NodeFacts> change)
    {
        int node = NodeOfAnyOp(row => fits(row) && change(row.Facts) != row.Facts);
        if (node < 0)
            return false;
        Nodes[node] = Nodes[node] with { Facts = change(Nodes[node].Facts) };
        return true;
    }

    public bool ChangeScope(Func<DagMutator.Row, bool> fits, Func<NodeScope, NodeScope> change)
    {
        int node = NodeOfAnyOp(row => fits(row) && change(row.Scope) != row.Scope);
        if (node < 0)
            return false;
        Nodes[node] = Nodes[node] with { Scope = change(Nodes[node].Scope) };
        return true;
    }

    public bool ChangeGpus(Func<DagMutator.Row, bool> fits, Func<GpuSet, GpuSet?> change)
    {
        int node = NodeOfAnyOp(
            row => row.Gpus is not null && fits(row) && change(row.Gpus) is var gpus && gpus?.IsEmpty != true && !row.Gpus.Equals(gpus));
        if (node < 0)
            return false;
        Nodes[node] = Nodes[node] with { Gpus = change(Nodes[node].Gpus!) };
        return true;
    }

    /// <summary>Two nodes that fit each other, exchanged in some respect.</summary>
    public bool Pair(Func<DagMutator.Row, bool> fits, Func<DagMutator.Row, DagMutator.Row, bool> together, Func<DagMutator.Row,
        DagMutator.Row, (DagMutator.Row, DagMutator.Row)> change)
    {
        int first = NodeOfAnyOp(
            row => fits(row) && Nodes.Exists(other => !ReferenceEquals(row, other) && fits(other) && together(row, other)));
        if (first < 0)
            return false;
        DagMutator.Row one = Nodes[first];
        int second = Node(other => !ReferenceEquals(one, other) && fits(other) && together(one, other));
        (Nodes[first], Nodes[second]) = change(one, Nodes[second]);
        return true;
    }

    /// <summary>Takes nodes out with their edges.</summary>
    public bool Remove(Func<DagMutator.Row, bool> gone)
    {
        int[] moved = new int[Nodes.Count];
        int next = 0;
        for (int node = 0; node < moved.Length; node++)
            moved[node] = gone(Nodes[node]) ? -1 : next++;
        if (next == moved.Length || next == 0)
            return false;
        var edges = Edges.Where(edge => moved[edge.Source] >= 0 && moved[edge.Target] >= 0)
            .Select(edge => (moved[edge.Source], moved[edge.Target], edge.Kind, edge.Facts)).ToList();
        Edges.Clear();
        Edges.AddRange(edges);
        Nodes.RemoveAll(row => gone(row));
        return true;
    }

    /// <summary>Takes nodes out and joins their producers to their consumers.</summary>
    public bool Bridge(Func<DagMutator.Row, bool> gone)
    {
        bool any = false;
        for (int node = 0; node < Nodes.Count; node++)
        {
            if (!gone(Nodes[node]))
                continue;
            any = true;
            int own = node;
            var into = Edges.Where(edge => edge.Target == own).ToList();
            var out_ = Edges.Where(edge => edge.Source == own).ToList();
            Edges.RemoveAll(edge => edge.Source == own || edge.Target == own);
            foreach (var source in into)
                Edges.AddRange(out_.Select(target => (source.Source, target.Target, target.Kind, target.Facts)));
        }

        return any && Remove(gone);
    }

    /// <summary>Doubles a node with all its edges.</summary>
    public bool Double(Func<DagMutator.Row, bool> fits)
    {
        int node = NodeOfAnyOp(fits);
        if (node < 0)
            return false;
        Nodes.Add(Nodes[node] with { Id = Nodes[node].Id + "_again" });
        foreach (var edge in Edges.Where(edge => edge.Source == node || edge.Target == node).ToList())
            Edges.Add((edge.Source == node ? Nodes.Count - 1 : edge.Source, edge.Target == node ? Nodes.Count - 1 : edge.Target, edge.Kind,
                edge.Facts));
        return true;
    }

    /// <summary>A random edge that fits, or -1.</summary>
    public int Edge(Func<DagMutator.Row, DagMutator.Row, EdgeKind, bool> fits)
    {
        int[] found = [.. Enumerable.Range(0, Edges.Count)
            .Where(edge => fits(Nodes[Edges[edge].Source], Nodes[Edges[edge].Target], Edges[edge].Kind))];
        return found.Length == 0 ? -1 : found[Random.Next(found.Length)];
    }

    public bool ChangeEdge(
        Func<DagMutator.Row, DagMutator.Row, EdgeKind, bool> fits,
        Func<(int Source, int Target, EdgeKind Kind, EdgeFacts Facts), (int Source, int Target, EdgeKind Kind, EdgeFacts Facts)> change)
    {
        int edge = Edge(fits);
        if (edge < 0 || change(Edges[edge]) == Edges[edge])
            return false;
        Edges[edge] = change(Edges[edge]);
        return true;
    }
}
