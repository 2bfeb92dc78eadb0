using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Lowering;

/// <summary>The tables that all templates of a DAG share: facts, rank sets, bytes of edges.</summary>
internal sealed class LoweringTables(DagBuilder builder)
{
    private readonly Dictionary<NodeFacts, int> _facts = new(ReferenceEqualityComparer.Instance);
    private readonly List<int[]> _rankSets = [];
    private readonly List<IReadOnlyList<int[]>?> _groups = [];
    private readonly Dictionary<RankSetKey, int> _rankSetIndex = [];
    private readonly Dictionary<(int Source, int Target, EdgeKind Kind), long> _edgeBytes = [];

    /// <summary>The builder that nodes go to.</summary>
    public DagBuilder Builder { get; } = builder;

    /// <summary>Rank sets that templates use; a stage turns each into a GPU set.</summary>
    public IReadOnlyList<int[]> RankSets => _rankSets;

    /// <summary>For each rank set: the process groups that it is the union of, where there are several.</summary>
    public IReadOnlyList<IReadOnlyList<int[]>?> Groups => _groups;

    /// <summary>The index of facts in the builder's table; the same object is added once.</summary>
    public int AddFacts(NodeFacts facts)
    {
        if (!_facts.TryGetValue(facts, out int index))
            _facts.Add(facts, index = Builder.AddFacts(facts));
        return index;
    }

    /// <summary>The index of a node's ranks; an equal set that is one group, or none, is added once.</summary>
    public int AddRanks(Cell cell)
    {
        int[] ranks = cell.Ranks;
        if (cell.Groups is not null)
        {
            _rankSets.Add(ranks);
            _groups.Add(cell.Groups);
            return _rankSets.Count - 1;
        }

        var key = new RankSetKey(ranks);
        if (!_rankSetIndex.TryGetValue(key, out int index))
        {
            _rankSetIndex.Add(key, index = _rankSets.Count);
            _rankSets.Add(ranks);
            _groups.Add(null);
        }

        return index;
    }

    /// <summary>
    /// Notes the bytes of edges between nodes with the given facts; the first note counts, as equal facts carry equal tensors.
    /// </summary>
    public void AddEdgeBytes(int sourceFacts, int targetFacts, EdgeKind kind, long bytes) =>
        _edgeBytes.TryAdd((sourceFacts, targetFacts, kind), bytes);

    /// <summary>Answers for edges of the finished DAG.</summary>
    public IEdgeFactsSource EdgeFacts() => new GeneratedEdgeFacts(_edgeBytes);

    private readonly struct RankSetKey(int[] ranks) : IEquatable<RankSetKey>
    {
        private readonly int[] _ranks = ranks;

        public bool Equals(RankSetKey other) => _ranks.AsSpan().SequenceEqual(other._ranks);

        public override bool Equals(object? obj) => obj is RankSetKey other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(_ranks.Length, _ranks[0], _ranks[^1], _ranks[_ranks.Length / 2]);
    }

    /// <summary>Bytes by the facts of both ends; labels made from the stage when asked for.</summary>
    private sealed class GeneratedEdgeFacts(Dictionary<(int Source, int Target, EdgeKind Kind), long> bytes) : IEdgeFactsSource
    {
        public EdgeFacts this[Dag dag, int source, int edge]
        {
            get
            {
                int target = dag.Topology.TargetOf(edge);
                EdgeKind kind = dag.Topology.KindOf(edge);
                long size = bytes.TryGetValue((dag.FactsColumn[source], dag.FactsColumn[target], kind), out long known) ? known : 0;
                int? stage = dag.ScopeOf(source).Stage;
                string? label = kind switch
                {
                    EdgeKind.Pipeline =>
                        Words.Invariant($"PP stage {stage} to {stage + 1}, {Quantity.FormatBytes(size)}"),
                    EdgeKind.Kv => "KV cache",
                    EdgeKind.Token => "first token",
                    _ => null,
                };
                return new EdgeFacts(label, size);
            }
        }
    }
}
