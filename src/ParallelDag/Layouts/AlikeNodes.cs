using ParallelDag.Graphs;

namespace ParallelDag.Layouts;

/// <summary>
/// Whether nodes of two parts of a DAG do the same: they have equal facts and equal edges to the other nodes of their part.
/// </summary>
/// <param name="dag">The DAG.</param>
/// <param name="essence">What counts of facts; null: everything.</param>
internal sealed class AlikeNodes(Dag dag, Func<NodeFacts, NodeFacts>? essence = null)
{
    private readonly int[] _canonicalFacts = Canonical(dag, essence ?? (facts => facts));
    private readonly int[] _place = new int[dag.NodeCount];
    private readonly int[] _part = new int[dag.NodeCount];
    private int _parts;

    /// <summary>For each entry of the facts table the first one of which the same is left.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="essence">What counts of facts.</param>
    public static int[] Canonical(Dag dag, Func<NodeFacts, NodeFacts> essence)
    {
        int[] canonical = new int[dag.FactsTable.Length];
        var known = new Dictionary<NodeFacts, int>();
        for (int i = 0; i < canonical.Length; i++)
        {
            NodeFacts facts = essence(dag.FactsTable[i]);
            if (!known.TryGetValue(facts, out canonical[i]))
                known.Add(facts, canonical[i] = i);
        }

        return canonical;
    }

    /// <summary>Notes the nodes of a part, in their order.</summary>
    public void AddPart(IEnumerable<int> nodes)
    {
        int place = 0;
        _parts++;
        foreach (int node in nodes)
            (_part[node], _place[node]) = (_parts, place++);
    }

    /// <summary>True when two nodes are alike, whatever their GPUs.</summary>
    public bool AreAlike(int node, int other)
    {
        if (_canonicalFacts[dag.FactsColumn[node]] != _canonicalFacts[dag.FactsColumn[other]])
            return false;
        using IEnumerator<(int, EdgeKind)> own = InnerLinks(node).GetEnumerator(), links = InnerLinks(other).GetEnumerator();
        while (own.MoveNext())
        {
            if (!links.MoveNext() || own.Current != links.Current)
                return false;
        }

        return !links.MoveNext();
    }

    private IEnumerable<(int Place, EdgeKind Kind)> InnerLinks(int node)
    {
        int count = dag.Topology.OutDegree(node);
        for (int i = 0; i < count; i++)
        {
            int link = dag.Topology.Out(node)[i], target = Topology.Node(link);
            if (_part[target] == _part[node])
                yield return (_place[target], Topology.Kind(link));
        }
    }
}
