using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// The steps of a graph: what the nodes of one operator are that together make up one step of a layer (its shards, its process groups).
/// An operator that a layer runs twice, as the rounds of a ring, has a name for each time. Read from the facts table alone.
/// </summary>
internal sealed class StepKinds
{
    private readonly int[] _kindOfFacts;

    public StepKinds(Dag dag)
    {
        var index = new Dictionary<(string Op, string Name), int>();
        ReadOnlySpan<NodeFacts> table = dag.FactsTable;
        _kindOfFacts = new int[table.Length];
        for (int i = 0; i < _kindOfFacts.Length; i++)
        {
            if (table[i].Operator is not Operator row)
            {
                _kindOfFacts[i] = -1;
                continue;
            }

            // Expert nodes are named after the experts that they hold.
            string name = row.Role == OperatorRole.Experts ? row.Title : table[i].Name;
            if (!index.TryGetValue((row.Name, name), out int kind))
            {
                kind = Kinds.Count;
                index.Add((row.Name, name), kind);
                Kinds.Add((row, name));
            }

            _kindOfFacts[i] = kind;
        }
    }

    /// <summary>The steps: an operator and the name that people read.</summary>
    public List<(Operator Operator, string Name)> Kinds { get; } = [];

    /// <summary>The step of a node; -1 when its operator is not known.</summary>
    public int Of(Dag dag, int node) => _kindOfFacts[dag.FactsColumn[node]];
}
