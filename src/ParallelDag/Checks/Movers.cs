using ParallelDag.Drawings;
using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>What a node does to where data lies.</summary>
internal enum Mover : byte
{
    /// <summary>Computes where its data lies.</summary>
    None,

    /// <summary>An end of the graph, or a node of which nothing says what it does.</summary>
    End,

    /// <summary>Joins the GPUs that it names.</summary>
    Collective,

    /// <summary>A point-to-point transfer.</summary>
    Transfer,
}

/// <summary>Which nodes and edges of a graph move data, and along which edges data passes at all.</summary>
internal sealed class Movers
{
    private readonly Dag _dag;
    private readonly GpuOverlaps _gpus;
    private readonly Mover[] _movers;
    private readonly bool _isDrawing;
    private readonly HashSet<int> _told = [];
    private readonly HashSet<int> _toldFrom = [];
    private readonly HashSet<int> _toldTo = [];
    private readonly Dictionary<int, bool> _fedByGates = [];

    public Movers(Inspection inspection)
    {
        _dag = inspection.Dag;
        _gpus = inspection.Survey.Gpus;
        _isDrawing = inspection.IsDrawing;
        ReadOnlySpan<NodeFacts> table = _dag.FactsTable;
        _movers = new Mover[table.Length];
        for (int i = 0; i < _movers.Length; i++)
            _movers[i] = Of(table[i]);
        foreach (DagEdge edge in _isDrawing ? _dag.Edges : [])
        {
            bool told = edge.Kind is EdgeKind.Pipeline or EdgeKind.Kv
                || (edge.Label is string label && KindText.Read(label)?.Kind == NodeKind.Communication);
            if (!told)
                continue;
            _told.Add(edge.Index);
            _toldFrom.Add(edge.GetSource().Index);
            _toldTo.Add(edge.GetTarget().Index);
        }
    }

    /// <summary>True for an edge of a drawing whose kind or label says that it communicates.</summary>
    public bool IsTold(int edge) => _told.Contains(edge);

    /// <summary>True for a node that such an edge leaves.</summary>
    public bool IsToldFrom(int node) => _toldFrom.Contains(node);

    /// <summary>True for a node that such an edge enters.</summary>
    public bool IsToldTo(int node) => _toldTo.Contains(node);

    /// <summary>
    /// True for a link along which a tensor passes into a node. A gate edge carries a choice; but where a drawing leads nothing else into
    /// experts, their tokens come along with it.
    /// </summary>
    public bool Carries(int link, int consumer) => Topology.Kind(link) switch
    {
        EdgeKind.Order => false,
        EdgeKind.Gate => _isDrawing && IsFedByGates(consumer),
        _ => true,
    };

    /// <summary>What a node does. A drawn transfer that names GPUs beyond those of one side names both of its sides, and is held to
    /// them.</summary>
    public Mover At(int node)
    {
        Mover mover = _movers[_dag.FactsColumn[node]];
        if (!_isDrawing || mover != Mover.Transfer || _dag.GpusOf(node) is not GpuSet { Count: > 1 } gpus)
            return mover;
        return IsWithin(gpus, _dag.Topology.In(node)) || IsWithin(gpus, _dag.Topology.Out(node)) ? Mover.Transfer : Mover.Collective;
    }

    /// <summary>True for a collective that is called by its name: each of its GPUs hands in a part.</summary>
    public bool IsNamedCollective(int node) => _dag.FactsOf(node) is
        { Kind: NodeKind.Communication, Collective: not (CollectiveKind.None or CollectiveKind.SendRecv) };

    /// <summary>
    /// True where a drawing gives each rank of a collective a node of its own, and one of them shares GPUs with the other end of an
    /// edge.
    /// </summary>
    public bool IsRankOfCollective(int source, int target)
    {
        bool Joins(int one, int other, ReadOnlySpan<int> links)
        {
            NodeFacts facts = _dag.FactsOf(one);
            if (At(one) != Mover.Collective || facts.Collective == CollectiveKind.None)
                return false;
            foreach (int link in links)
            {
                if (_dag.FactsOf(Topology.Node(link)).Collective == facts.Collective && _gpus.Shared(Topology.Node(link), other) > 0)
                    return true;
            }

            return false;
        }

        return Joins(source, target, _dag.Topology.In(target)) || Joins(target, source, _dag.Topology.Out(source));
    }

    private bool IsFedByGates(int node)
    {
        if (_fedByGates.TryGetValue(node, out bool known))
            return known;
        bool fed = OpClasses.IsExperts(_dag.FactsOf(node)) || OperatorText.Read(_dag.FactsOf(node)).HasFlag(DrawnParts.Experts);
        foreach (int link in _dag.Topology.In(node))
            fed &= Topology.Kind(link) is EdgeKind.Gate or EdgeKind.Order;
        _fedByGates.Add(node, fed);
        return fed;
    }

    private bool IsWithin(GpuSet gpus, ReadOnlySpan<int> links)
    {
        var sets = new List<GpuSet>();
        foreach (int link in links)
        {
            if (_dag.GpusOf(Topology.Node(link)) is GpuSet known)
                sets.Add(known);
        }

        return GpuSet.UnionAll(sets).ContainsAll(gpus);
    }

    private static Mover Of(NodeFacts facts)
    {
        if (facts.Kind is NodeKind.Input or NodeKind.Output)
            return Mover.End;
        if (facts.Drawing is { KindSource: not KindSource.Stated } drawing)
            return OfDrawn(facts, drawing.KindSource);
        bool sends = facts.Role is OperatorRole.Send or OperatorRole.CacheTransfer
            || (facts.Op is null && (facts.Collective == CollectiveKind.SendRecv || CollectiveOrder.IsTransfer(facts.Name)));
        if (facts.Kind == NodeKind.Communication)
            return sends ? Mover.Transfer : Mover.Collective;
        return facts.Collective is CollectiveKind.None or CollectiveKind.SendRecv ? Mover.None : Mover.Collective;
    }

    private static Mover OfDrawn(NodeFacts facts, KindSource source) => facts.Kind switch
    {
        NodeKind.Communication when facts.Collective is CollectiveKind.None or CollectiveKind.SendRecv => Mover.Transfer,
        NodeKind.Communication => Mover.Collective,
        NodeKind.Routing or NodeKind.Aggregation => KindText.Chooses(facts.Name) ? Mover.None : Mover.Collective,
        _ => source == KindSource.Unknown ? Mover.End : Mover.None,
    };
}
