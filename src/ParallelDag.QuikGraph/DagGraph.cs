using System.Diagnostics.CodeAnalysis;
using global::QuikGraph;
using ParallelDag.Graphs;

namespace ParallelDag.QuikGraph;

/// <summary>
/// A DAG as a read-only directed graph of QuikGraph, over the DAG's own columns. Degrees and rows are O(1), the search for an edge between
/// two nodes takes the row of the source. Safe to read from several threads.
/// </summary>
public sealed class DagGraph : IBidirectionalGraph<DagNode, DagLink>
{
    private readonly Dag _dag;
    private readonly Topology _topology;

    // The position of each incoming edge in the outgoing rows, row by row of the targets.
    private readonly Lazy<int[]> _incoming;

    internal DagGraph(Dag dag)
    {
        _dag = dag;
        _topology = dag.Topology;
        _incoming = new Lazy<int[]>(Incoming);
    }

    /// <inheritdoc/>
    public bool IsDirected => true;

    /// <inheritdoc/>
    public bool AllowParallelEdges => true;

    /// <inheritdoc/>
    public bool IsVerticesEmpty => VertexCount == 0;

    /// <inheritdoc/>
    public int VertexCount => _dag.NodeCount;

    /// <inheritdoc/>
    public IEnumerable<DagNode> Vertices => _dag.Nodes;

    /// <inheritdoc/>
    public bool IsEdgesEmpty => EdgeCount == 0;

    /// <inheritdoc/>
    public int EdgeCount => _dag.EdgeCount;

    /// <inheritdoc/>
    public IEnumerable<DagLink> Edges => _dag.Edges.Select(edge => new DagLink(edge));

    /// <inheritdoc/>
    public bool ContainsVertex(DagNode vertex) => ReferenceEquals(vertex.GetDag(), _dag);

    /// <inheritdoc/>
    public bool ContainsEdge(DagLink edge) => ReferenceEquals(edge.Edge.GetDag(), _dag);

    /// <inheritdoc/>
    public bool ContainsEdge(DagNode source, DagNode target) => TryGetEdge(source, target, out _);

    /// <inheritdoc/>
    public bool TryGetEdge(DagNode source, DagNode target, out DagLink edge)
    {
        if (ContainsVertex(source) && ContainsVertex(target))
        {
            foreach (DagLink link in OutEdges(source))
            {
                if (_topology.TargetOf(link.Edge.Index) == target.Index)
                {
                    edge = link;
                    return true;
                }
            }
        }

        edge = default;
        return false;
    }

    /// <inheritdoc/>
    public bool TryGetEdges(DagNode source, DagNode target, [NotNullWhen(true)] out IEnumerable<DagLink>? edges)
    {
        edges = ContainsVertex(source) && ContainsVertex(target) ? OutEdges(source).Where(link => link.Target == target) : null;
        return edges is not null;
    }

    /// <inheritdoc/>
    public bool IsOutEdgesEmpty(DagNode vertex) => OutDegree(vertex) == 0;

    /// <inheritdoc/>
    public int OutDegree(DagNode vertex) => _topology.OutDegree(Row(vertex));

    /// <inheritdoc/>
    public IEnumerable<DagLink> OutEdges(DagNode vertex)
    {
        int first = _topology.FirstEdge(Row(vertex)), count = _topology.OutDegree(vertex.Index);
        return Enumerable.Range(first, count).Select(Link);
    }

    /// <inheritdoc/>
    public bool TryGetOutEdges(DagNode vertex, [NotNullWhen(true)] out IEnumerable<DagLink>? edges)
    {
        edges = ContainsVertex(vertex) ? OutEdges(vertex) : null;
        return edges is not null;
    }

    /// <inheritdoc/>
    public DagLink OutEdge(DagNode vertex, int index) => OutEdges(vertex).ElementAt(index);

    /// <inheritdoc/>
    public bool IsInEdgesEmpty(DagNode vertex) => InDegree(vertex) == 0;

    /// <inheritdoc/>
    public int InDegree(DagNode vertex) => _topology.InDegree(Row(vertex));

    /// <inheritdoc/>
    public IEnumerable<DagLink> InEdges(DagNode vertex)
    {
        int first = _topology.InOffsets[Row(vertex)], count = _topology.InDegree(vertex.Index);
        return Enumerable.Range(first, count).Select(position => Link(_incoming.Value[position]));
    }

    /// <inheritdoc/>
    public bool TryGetInEdges(DagNode vertex, [NotNullWhen(true)] out IEnumerable<DagLink>? edges)
    {
        edges = ContainsVertex(vertex) ? InEdges(vertex) : null;
        return edges is not null;
    }

    /// <inheritdoc/>
    public DagLink InEdge(DagNode vertex, int index) => InEdges(vertex).ElementAt(index);

    /// <inheritdoc/>
    public int Degree(DagNode vertex) => OutDegree(vertex) + InDegree(vertex);

    /// <summary>The graph's text is the DAG's.</summary>
    public override string ToString() => _dag.ToString();

    private DagLink Link(int edge) => new(_dag.Edge(edge));

    private int Row(DagNode vertex) =>
        ContainsVertex(vertex) ? vertex.Index : throw new VertexNotFoundException($"{vertex} is a node of another DAG");

    private int[] Incoming()
    {
        int[] cursors = _topology.InOffsets[..^1].ToArray();
        int[] incoming = new int[EdgeCount];
        for (int edge = 0; edge < incoming.Length; edge++)
            incoming[cursors[_topology.TargetOf(edge)]++] = edge;
        return incoming;
    }
}
