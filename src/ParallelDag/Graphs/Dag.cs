using ParallelDag.Collections;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// A deployment DAG: immutable columns behind light views. Generated from a plan, or read from a DOT or JSON file.
/// (A file may turn out to hold a cycle; <see cref="Topology"/> accepts it and rule PD001 reports it.)
/// </summary>
public sealed class Dag
{
    private readonly DagHeader _header;
    private readonly Topology _topology;
    private readonly SourceMap? _source;

    // Columns, one entry a node. Facts, scopes and GPU sets are shared tables.
    private readonly int[] _facts;
    private readonly int[] _scopes;
    private readonly int[] _gpus;
    private readonly NodeFacts[] _factsTable;
    private readonly NodeScope[] _scopeTable;
    private readonly GpuSet?[] _gpuTable;
    private readonly string[]? _ids;
    private readonly IEdgeFactsSource _edgeFacts;
    private readonly bool _showMicroBatch;
    private readonly Dictionary<(int Facts, int Gpus), GroupSpan> _spans;
    private readonly INodeClock? _clock;

    // The wave of each node, once somebody has asked; empty for a graph with a cycle. Two threads may both compute it: to the same result.
    private int[]? _waves;

    // The time of each node, likewise.
    private NodeTimes? _times;

    internal Dag(
        DagHeader header,
        Topology topology,
        (int[] Facts, int[] Scopes, int[] Gpus) columns,
        (NodeFacts[] Facts, NodeScope[] Scopes, GpuSet?[] Gpus, Dictionary<(int Facts, int Gpus), GroupSpan> Spans) tables,
        IEdgeFactsSource edgeFacts,
        string[]? ids,
        SourceMap? source,
        INodeClock? clock,
        DotSource? drawn)
    {
        _header = header;
        _topology = topology;
        (_facts, _scopes, _gpus) = columns;
        (_factsTable, _scopeTable, _gpuTable, _spans) = tables;
        _clock = clock;
        _edgeFacts = edgeFacts;
        _ids = ids;
        _source = source;
        Drawn = drawn;
        _showMicroBatch = Array.Exists(_scopeTable, scope => scope.MicroBatch > 0);
    }

    /// <summary>
    /// The graph-level facts. In C# <see cref="DagExtensions"/> has this and what is a method for the same reason as a property.
    /// </summary>
    public DagHeader GetHeader() => _header;

    /// <summary>The plan's name; files are named after it.</summary>
    public string Name => _header.Name;

    /// <summary>How finely the DAG is drawn.</summary>
    public DetailLevel Detail => _header.Detail;

    /// <summary>All GPUs of the cluster that the plan may use, or null when a file does not tell.</summary>
    public GpuSet? Pool => _header.Pool;

    /// <summary>The phases in the DAG; empty when a file does not tell.</summary>
    public IReadOnlyList<DagPhase> Phases => _header.Phases;

    /// <summary>The fullest GPU of each stage; empty where there was no plan to count from.</summary>
    public IReadOnlyList<DagMemory> Memory => _header.Memory ?? [];

    /// <summary>Nodes and links as compressed sparse rows.</summary>
    public Topology GetTopology() => _topology;

    /// <summary>Where nodes and edges stand in the file that the DAG was read from; null for a generated DAG.</summary>
    public SourceMap? GetSource() => _source;

    /// <summary>The drawing of somebody else's that the DAG was read from, as it stands; null for every other DAG.</summary>
    internal DotSource? Drawn { get; }

    /// <summary>How many nodes there are.</summary>
    public int NodeCount => _facts.Length;

    /// <summary>How many edges there are.</summary>
    public int EdgeCount => _topology.EdgeCount;

    /// <summary>All nodes in index order. A view: counting and indexing are O(1), nothing is stored.</summary>
    public IReadOnlyList<DagNode> Nodes => new DagNodeList(this);

    /// <summary>All edges, grouped by source in index order. A view: counting is O(1), indexing O(log V), nothing is stored.</summary>
    public IReadOnlyList<DagEdge> Edges => new DagEdgeList(this);

    /// <summary>The distinct facts that nodes point to.</summary>
    internal ReadOnlySpan<NodeFacts> FactsTable => _factsTable;

    /// <summary>The distinct scopes that nodes point to.</summary>
    internal ReadOnlySpan<NodeScope> ScopeTable => _scopeTable;

    /// <summary>The distinct GPU sets that nodes point to; null where a file does not tell.</summary>
    internal ReadOnlySpan<GpuSet?> GpuTable => _gpuTable;

    /// <summary>Index of each node's facts in <see cref="FactsTable"/>.</summary>
    internal ReadOnlySpan<int> FactsColumn => _facts;

    /// <summary>Index of each node's scope in <see cref="ScopeTable"/>.</summary>
    internal ReadOnlySpan<int> ScopeColumn => _scopes;

    /// <summary>Index of each node's GPU set in <see cref="GpuTable"/>; equal indices mean equal sets.</summary>
    internal ReadOnlySpan<int> GpuColumn => _gpus;

    /// <summary>The node at <paramref name="index"/>.</summary>
    public DagNode Node(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, NodeCount);
        return new DagNode(this, index);
    }

    /// <summary>The edge at position <paramref name="index"/> of the outgoing rows. O(log V).</summary>
    public DagEdge Edge(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, EdgeCount);
        return new DagEdge(this, _topology.SourceOf(index), index);
    }

    /// <summary>
    /// The node called <paramref name="id"/>: an exact match, else the first that differs in case only; null when there is none.
    /// O(V), without allocating an index.
    /// </summary>
    public DagNode? FindNode(string id)
    {
        int loose = -1;
        Span<char> buffer = stackalloc char[256];
        for (int node = 0; node < NodeCount; node++)
        {
            ReadOnlySpan<char> candidate = _ids is not null ? _ids[node]
                : TryFormatId(node, buffer, out int length) ? buffer[..length] : IdOf(node);
            if (candidate.SequenceEqual(id))
                return new DagNode(this, node);
            if (loose < 0 && candidate.Equals(id, StringComparison.OrdinalIgnoreCase))
                loose = node;
        }

        return loose < 0 ? null : new DagNode(this, loose);
    }

    /// <summary>The facts of which <see cref="SpanOf"/> may know something.</summary>
    internal HashSet<int> FactsWithSpans => [.. _spans.Keys.Select(key => key.Facts)];

    /// <summary>
    /// What the slowest group spans of a node that stands for several, or that tells what crosses the network; null for a node that spans
    /// its GPUs, or where it is not known.
    /// </summary>
    internal GroupSpan? SpanOf(int node) => _spans.TryGetValue((_facts[node], _gpus[node]), out GroupSpan span) ? span : null;

    /// <summary>The facts of a node.</summary>
    public NodeFacts FactsOf(int node) => _factsTable[_facts[node]];

    /// <summary>The scope of a node.</summary>
    public NodeScope ScopeOf(int node) => _scopeTable[_scopes[node]];

    /// <summary>The GPUs of a node; null when a file does not tell.</summary>
    public GpuSet? GpusOf(int node) => _gpuTable[_gpus[node]];

    /// <summary>
    /// The wave of a node, from 0 (see <see cref="DagNode.Wave"/>); null when the graph has a cycle. O(V + E) once, then O(1).
    /// </summary>
    public int? WaveOf(int node)
    {
        int[] waves = _waves ??= TopologicalOrder.Exists(_topology) ? Levels.Compute(_topology) : [];
        return waves.Length == 0 ? null : waves[node];
    }

    /// <summary>
    /// The time of every node; null when the DAG was read from a file that does not tell. The first call takes O(V).
    /// </summary>
    public NodeTimes? GetTimes() => _times ??= _clock?.TimesOf(this);

    /// <summary>Multiprocessors that communication takes from computation of a phase where both overlap; 0 where nobody knows.</summary>
    internal int OverlapSmsOf(PhaseKind phase) => _clock?.OverlapSmsOf(phase) ?? 0;

    /// <summary>What tells the times; null when nobody knows.</summary>
    internal INodeClock? Clock => _clock;

    /// <summary>True where each edge tells its own facts; else they follow from the facts of both ends and the stage.</summary>
    internal bool EdgesTell => _edgeFacts is ListedEdgeFacts;

    /// <summary>The label and bytes of the edge at position <paramref name="edge"/>, which leaves <paramref name="source"/>.</summary>
    public EdgeFacts EdgeFactsOf(int source, int edge) => _edgeFacts[this, source, edge];

    /// <summary>The id of a node: as a file gave it, else made of phase, layer or stage, operator and shard.</summary>
    public string IdOf(int node)
    {
        if (_ids is not null)
            return _ids[node];
        Span<char> buffer = stackalloc char[256];
        if (TryFormatId(node, buffer, out int length))
            return new string(buffer[..length]);
        char[] large = new char[4096];
        return TryFormatId(node, large, out length)
            ? new string(large, 0, length)
            : throw new InvalidOperationException("a node id is too long");
    }

    /// <summary>Writes the id of a node without allocating. False when <paramref name="destination"/> is too short.</summary>
    public bool TryFormatId(int node, Span<char> destination, out int length)
    {
        if (_ids is not null)
        {
            length = _ids[node].Length;
            return _ids[node].TryCopyTo(destination);
        }

        NodeFacts facts = FactsOf(node);
        NodeScope scope = ScopeOf(node);
        var writer = new IdWriter(destination);
        if (scope.Phase is PhaseId phase)
        {
            writer.Text(phase.ToName());
            writer.Text("_");
        }

        if (scope.Layer is int layer)
            writer.Numbered("l", layer);
        else if (scope.Stage is int stage)
            writer.Numbered("s", stage);
        if (_showMicroBatch && facts.PerMicroBatch)
            writer.Numbered("m", scope.MicroBatch);
        writer.Text(facts.IdStem);
        if (facts.Shard is null)
        {
            writer.Text("_g");
            writer.Number(GpusOf(node)?.First ?? 0);
        }
        else if (facts.Shard.Length > 0)
        {
            writer.Text("_");
            writer.Text(facts.Shard);
        }

        length = writer.Length;
        return writer.Fits;
    }

    /// <summary><c>llm_parallel: 1,234 nodes, 2,345 edges (operator)</c>.</summary>
    public override string ToString() =>
        Words.Invariant($"{Name}: {NodeCount:N0} nodes, {EdgeCount:N0} edges ({Detail.ToName()})");

    private ref struct IdWriter(Span<char> destination)
    {
        private readonly Span<char> _destination = destination;

        public int Length { get; private set; }

        public bool Fits { get; private set; } = true;

        public void Text(string text)
        {
            if (Fits && text.AsSpan().TryCopyTo(_destination[Length..]))
                Length += text.Length;
            else
                Fits = false;
        }

        public void Number(int number)
        {
            if (Fits && number.TryFormat(_destination[Length..], out int written,
                provider: System.Globalization.CultureInfo.InvariantCulture))
                Length += written;
            else
                Fits = false;
        }

        public void Numbered(string prefix, int number)
        {
            Text(prefix);
            Number(number);
            Text("_");
        }
    }
}

/// <summary>What is known of a DAG as a whole.</summary>
public sealed record DagHeader
{
    /// <summary>The plan's name; files are named after it.</summary>
    public required string Name { get; init; }

    /// <summary>How finely the DAG is drawn.</summary>
    public DetailLevel Detail { get; init; } = DetailLevel.Operator;

    /// <summary>All GPUs of the cluster that the plan may use, or null when a file does not tell.</summary>
    public GpuSet? Pool { get; init; }

    /// <summary>The GPUs' kind and how they are joined, or null when a file does not tell.</summary>
    public ClusterSpec? Cluster { get; init; }

    /// <summary>What the plan must keep; null when it limits nothing, or a file does not tell.</summary>
    public LimitsSpec? Limits { get; init; }

    /// <summary>
    /// Seconds between two tokens of a sequence as the plan is served: at the mean context, micro-batches taking turns. Null where no limit
    /// asks for it, or a file does not tell.
    /// </summary>
    public double? TokenSeconds { get; init; }

    /// <summary>
    /// Output tokens a second and GPU as instances of prefill and decode on pools of their own serve them. Null where no limit asks for it,
    /// on a unified pool, whose rate depends on how requests are batched, or where a file does not tell.
    /// </summary>
    public double? OutputRate { get; init; }

    /// <summary>The same of prompts and outputs together.</summary>
    public double? TotalRate { get; init; }

    /// <summary>The phases; empty when a file does not tell.</summary>
    public IReadOnlyList<DagPhase> Phases { get; init => field = value.ToValueList(); } = [];

    /// <summary>Memory per phase and stage, or null when there is no plan to count it from.</summary>
    public IReadOnlyList<DagMemory>? Memory { get; init => field = value?.ToValueList(); }
}
