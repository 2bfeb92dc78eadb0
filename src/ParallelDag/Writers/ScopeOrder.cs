using ParallelDag.Graphs;

namespace ParallelDag.Writers;

/// <summary>A block of a drawing: the nodes of one phase, stage and layer. Null where the level does not apply.</summary>
internal readonly record struct ScopeBlock(PhaseId? Phase, int? Stage, int? Layer) : IComparable<ScopeBlock>
{
    /// <summary>True when the cluster of this block encloses the other block: its levels agree as far as they go.</summary>
    public bool Holds(ScopeBlock inner) =>
        Phase == inner.Phase && (Stage is null || Stage == inner.Stage) && (Layer is null || this == inner);

    public int CompareTo(ScopeBlock other)
    {
        int phase = PhaseId.Number(Phase).CompareTo(PhaseId.Number(other.Phase));
        if (phase != 0)
            return phase;
        int stage = Nullable.Compare(Stage, other.Stage);
        return stage != 0 ? stage : Nullable.Compare(Layer, other.Layer);
    }
}

/// <summary>
/// Groups the nodes of a DAG by phase, stage and layer, so that nested clusters can be written in one go although their nodes are
/// scattered. Counting sort over the columns: O(V + S log S) time for S scopes, 4 bytes a node. Blocks ascend; nodes keep their order
/// inside a block.
/// </summary>
internal sealed class ScopeOrder
{
    private readonly int[] _starts;
    private readonly int[] _nodes;

    public ScopeOrder(Dag dag)
    {
        ReadOnlySpan<NodeScope> scopes = dag.ScopeTable;
        var distinct = new SortedSet<ScopeBlock>();
        foreach (NodeScope scope in scopes)
            distinct.Add(BlockOf(scope));
        Blocks = [.. distinct];
        int[] blockOfScope = new int[scopes.Length];
        for (int i = 0; i < scopes.Length; i++)
            blockOfScope[i] = Array.BinarySearch(Blocks, BlockOf(scopes[i]));

        ReadOnlySpan<int> column = dag.ScopeColumn;
        _starts = new int[Blocks.Length + 1];
        foreach (int scope in column)
            _starts[blockOfScope[scope] + 1]++;
        for (int block = 0; block < Blocks.Length; block++)
            _starts[block + 1] += _starts[block];
        int[] cursor = _starts[..^1];
        _nodes = new int[column.Length];
        for (int node = 0; node < column.Length; node++)
            _nodes[cursor[blockOfScope[column[node]]]++] = node;
    }

    /// <summary>The blocks in ascending order.</summary>
    public ScopeBlock[] Blocks { get; }

    /// <summary>All nodes, block by block.</summary>
    public ReadOnlySpan<int> Nodes => _nodes;

    /// <summary>The nodes of one block, ascending.</summary>
    public ReadOnlySpan<int> NodesOf(int block) => _nodes.AsSpan(_starts[block], _starts[block + 1] - _starts[block]);

    private static ScopeBlock BlockOf(NodeScope scope) => new(scope.Phase, scope.Stage, scope.Layer);
}
