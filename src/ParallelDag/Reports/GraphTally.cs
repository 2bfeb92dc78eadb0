using ParallelDag.Graphs;

namespace ParallelDag.Reports;

/// <summary>What a report counts in a DAG, in one pass over its columns.</summary>
internal sealed class GraphTally
{
    private readonly Dictionary<(PhaseId? Phase, string Op), OperatorCount> _operators = [];

    public GraphTally(Dag dag, CancellationToken cancellation)
    {
        Dag = dag;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if ((node & 0xFFFF) == 0)
                cancellation.ThrowIfCancellationRequested();
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            Kinds[(int)facts.Kind]++;
            var key = (scope.Phase, facts.Op ?? facts.Kind.ToName());
            if (!_operators.TryGetValue(key, out OperatorCount? count))
                _operators.Add(key, count = new OperatorCount(scope.Phase, key.Item2, facts, node));
            count.Add(facts);
            if (facts.Op == Ops.Experts && facts.Experts is not null && dag.GpusOf(node) is GpuSet gpus)
                SeeExperts(scope, facts.Experts, gpus);
        }

        foreach (int link in dag.Topology.OutLinks)
            Edges[(int)Topology.Kind(link)]++;
    }

    /// <summary>The DAG.</summary>
    public Dag Dag { get; }

    /// <summary>Nodes by kind.</summary>
    public long[] Kinds { get; } = new long[Enum.GetValues<NodeKind>().Length];

    /// <summary>Edges by kind.</summary>
    public long[] Edges { get; } = new long[Enum.GetValues<EdgeKind>().Length];

    /// <summary>Per phase and stage: the expert groups of its first MoE layer and the GPUs that hold them.</summary>
    public SortedDictionary<(PhaseId Phase, int? Stage), (int? Layer, Dictionary<string, List<GpuSet>> Groups)> Experts { get; } = [];

    /// <summary>What was counted of every operator of a phase, in the order in which a token meets them.</summary>
    public IEnumerable<OperatorCount> Operators => _operators.Values
        .OrderBy(count => count.Phase)
        .ThenBy(count => count.Op is string op && Position(op) is int position and >= 0 ? position : int.MaxValue)
        .ThenBy(count => count.Op, StringComparer.Ordinal);

    /// <summary>The counts of one operator, over all phases that have it.</summary>
    public IEnumerable<OperatorCount> Of(string op) => _operators.Values.Where(count => count.Op == op).OrderBy(count => count.Phase);

    private static int Position(string op)
    {
        for (int i = 0; i < Ops.All.Count; i++)
        {
            if (Ops.All[i] == op)
                return i;
        }

        return -1;
    }

    private void SeeExperts(NodeScope scope, string experts, GpuSet gpus)
    {
        if (scope.Phase is not PhaseId phase || scope.MicroBatch > 0)
            return;
        var key = (phase, scope.Stage);
        if (!Experts.TryGetValue(key, out (int? Layer, Dictionary<string, List<GpuSet>> Groups) known))
            Experts.Add(key, known = (scope.Layer, []));
        if (known.Layer != scope.Layer)
            return;
        if (!known.Groups.TryGetValue(experts, out List<GpuSet>? sets))
            known.Groups.Add(experts, sets = []);
        sets.Add(gpus);
    }
}

/// <summary>What was counted of one operator in one phase.</summary>
internal sealed class OperatorCount(PhaseId? phase, string op, NodeFacts first, int firstNode)
{
    /// <summary>The phase; null where a file does not tell.</summary>
    public PhaseId? Phase { get; } = phase;

    /// <summary>The operator, or the kind of nodes without one.</summary>
    public string Op { get; } = op;

    /// <summary>The facts of the first node.</summary>
    public NodeFacts First { get; } = first;

    /// <summary>The first node.</summary>
    public int FirstNode { get; } = firstNode;

    /// <summary>Nodes.</summary>
    public long Nodes { get; private set; }

    /// <summary>Device nodes that they stand for.</summary>
    public long Members { get; private set; }

    /// <summary>Floating-point operations.</summary>
    public decimal Flops { get; private set; }

    /// <summary>Bytes on the wire.</summary>
    public decimal WireBytes { get; private set; }

    /// <summary>Counts a node.</summary>
    public void Add(NodeFacts facts)
    {
        Nodes++;
        Members += facts.Members;
        Flops += facts.Flops;
        WireBytes += facts.WireBytes;
    }
}
