using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>The nodes of a DAG by their entry in the facts table: a rule that is about few of them need not pass all.</summary>
internal sealed class FactsIndex
{
    private const int Few = 32;

    private readonly Dag _dag;
    private readonly int[] _offsets;
    private readonly int[] _nodes;

    /// <summary>Sorts the nodes by counting. O(V).</summary>
    public FactsIndex(Dag dag)
    {
        _dag = dag;
        _offsets = new int[dag.FactsTable.Length + 1];
        ReadOnlySpan<int> facts = dag.FactsColumn;
        foreach (int entry in facts)
            _offsets[entry + 1]++;
        for (int entry = 0; entry < dag.FactsTable.Length; entry++)
            _offsets[entry + 1] += _offsets[entry];
        _nodes = GC.AllocateUninitializedArray<int>(facts.Length);
        int[] cursors = _offsets[..^1];
        for (int node = 0; node < facts.Length; node++)
            _nodes[cursors[facts[node]]++] = node;
    }

    /// <summary>How many nodes have an entry.</summary>
    public int Count(int facts) => _offsets[facts + 1] - _offsets[facts];

    /// <summary>The nodes whose facts fit, ascending.</summary>
    public int[] Where(Predicate<NodeFacts> fits)
    {
        int[] entries = [.. Enumerable.Range(0, _offsets.Length - 1).Where(entry => Count(entry) > 0 && fits(_dag.FactsTable[entry]))];
        int[] found = new int[entries.Sum(Count)];
        if (found.Length > _dag.NodeCount / Few)
            return Scan(entries, found);
        int length = 0;
        foreach (int entry in entries)
        {
            _nodes.AsSpan(_offsets[entry], Count(entry)).CopyTo(found.AsSpan(length));
            length += Count(entry);
        }

        if (entries.Length > 1)
            Array.Sort(found);
        return found;
    }

    /// <summary>Many nodes are found by passing all sooner than they are sorted.</summary>
    private int[] Scan(int[] entries, int[] found)
    {
        bool[] wanted = new bool[_offsets.Length - 1];
        foreach (int entry in entries)
            wanted[entry] = true;
        int length = 0;
        ReadOnlySpan<int> column = _dag.FactsColumn;
        for (int node = 0; node < column.Length; node++)
        {
            if (wanted[column[node]])
                found[length++] = node;
        }

        return found;
    }
}
