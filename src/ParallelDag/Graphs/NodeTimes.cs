namespace ParallelDag.Graphs;

/// <summary>
/// The time of every node of a DAG: an entry of a small table for each. Nodes with equal facts whose groups span alike share an entry, so
/// ten million nodes have some hundreds of distinct times. Immutable, safe to share between threads.
/// </summary>
public sealed class NodeTimes
{
    private readonly int[] _ids;
    private readonly NodeTime[] _table;
    private readonly long[] _picoseconds;

    internal NodeTimes(int[] ids, NodeTime[] table)
    {
        (_ids, _table) = (ids, table);
        _picoseconds = [.. table.Select(time => time.Picoseconds)];
    }

    /// <summary>Per node: its entry in <see cref="Table"/>.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>The distinct times.</summary>
    public ReadOnlySpan<NodeTime> Table => _table;

    /// <summary>The same in whole picoseconds, as simulations count.</summary>
    public ReadOnlySpan<long> Picoseconds => _picoseconds;

    /// <summary><see cref="Ids"/> as memory that can be kept. Not to be changed.</summary>
    internal int[] IdArray => _ids;

    /// <summary>The time of a node.</summary>
    public NodeTime this[int node] => _table[_ids[node]];
}

/// <summary>Times that the facts of nodes give: those of a file. A node without one takes none.</summary>
internal sealed class GivenClock : INodeClock
{
    /// <summary>The clock of facts of which some give a time; null where none does.</summary>
    public static GivenClock? Of(IEnumerable<NodeFacts> facts) => facts.Any(item => item.Time is not null) ? new GivenClock() : null;

    public NodeTimes TimesOf(Dag dag) =>
        new(dag.FactsColumn.ToArray(), [.. dag.FactsTable.ToArray().Select(facts => facts.Time ?? NodeTime.None)]);
}

/// <summary>Tells how long the nodes of a DAG take.</summary>
public interface INodeClock
{
    /// <summary>The times of all nodes. O(V).</summary>
    NodeTimes TimesOf(Dag dag);

    /// <summary>Multiprocessors that communication takes from computation of a phase where both overlap.</summary>
    int OverlapSmsOf(PhaseKind phase) => 0;
}
