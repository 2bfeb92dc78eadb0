using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>The nodes of a DAG by their entry in the facts table: a rule that is about few of them need not look at all.</summary>
internal sealed class FactsIndex
{
    private readonly Dag _dag;
    private readonly int[] _counts;

    /// <summary>Counts the nodes of each entry. O(V).</summary>
    public FactsIndex(Dag dag)
    {
        _dag = dag;
        _counts = new int[dag.FactsTable.Length];
        foreach (int entry in dag.FactsColumn)
            _counts[entry]++;
    }

    /// <summary>How many nodes have an entry.</summary>
    public int Count(int facts) => _counts[facts];

    /// <summary>The nodes whose facts fit, ascending. O(V) up to the last of them, O(facts) where there is none.</summary>
    public int[] Where(Predicate<NodeFacts> fits)
    {
        bool[] wanted = new bool[_counts.Length];
        int count = 0;
        for (int entry = 0; entry < wanted.Length; entry++)
        {
            wanted[entry] = _counts[entry] > 0 && fits(_dag.FactsTable[entry]);
            count += wanted[entry] ? _counts[entry] : 0;
        }

        int[] found = new int[count];
        ReadOnlySpan<int> column = _dag.FactsColumn;
        for (int node = 0, next = 0; next < found.Length; node++)
        {
            if (wanted[column[node]])
                found[next++] = node;
        }

        return found;
    }
}
