namespace ParallelDag;

/// <summary>One edge of a <see cref="Dag"/>: a view, cheap to copy. Equal when it is the same position of the same DAG.</summary>
public readonly struct DagEdge : IEquatable<DagEdge>
{
    private readonly Dag _dag;
    private readonly int _source;

    internal DagEdge(Dag dag, int source, int index)
    {
        _dag = dag;
        _source = source;
        Index = index;
    }

    /// <summary>The position of the edge in its DAG, from 0.</summary>
    public int Index { get; }

    /// <summary>The id of the node that the edge leaves.</summary>
    public string Source => _dag.IdOf(_source);

    /// <summary>The id of the node that the edge enters.</summary>
    public string Target => _dag.IdOf(_dag.Topology.TargetOf(Index));

    /// <summary>What the edge stands for.</summary>
    public EdgeKind Kind => _dag.Topology.KindOf(Index);

    /// <summary>The text on the edge, or null.</summary>
    public string? Label => _dag.EdgeFactsOf(_source, Index).Label;

    /// <summary>The tensor that one GPU of the target reads along the edge, in bytes; 0 for gate edges and where unknown.</summary>
    public long Bytes => _dag.EdgeFactsOf(_source, Index).Bytes;

    /// <summary>The node that the edge leaves. (A method, so that tables and serializers show the id alone.)</summary>
    public DagNode GetSource() => new(_dag, _source);

    /// <summary>The node that the edge enters.</summary>
    public DagNode GetTarget() => new(_dag, _dag.Topology.TargetOf(Index));

    /// <summary>
    /// The style in the drawing that the edge was read from, empty when it gives none; null for a DAG that was not read from a drawing.
    /// </summary>
    public string? GetStyle() => _dag.EdgeFactsOf(_source, Index).Style;

    /// <summary>The DAG that the edge belongs to. (A method, so that serializers do not follow it.)</summary>
    public Dag GetDag() => _dag;

    /// <inheritdoc/>
    public bool Equals(DagEdge other) => ReferenceEquals(_dag, other._dag) && Index == other.Index;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DagEdge other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Index;

    /// <summary><c>source -> target</c>.</summary>
    public override string ToString() => $"{Source} -> {Target}";

    /// <summary>True when both are the same edge of the same DAG.</summary>
    public static bool operator ==(DagEdge left, DagEdge right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    public static bool operator !=(DagEdge left, DagEdge right) => !left.Equals(right);
}
