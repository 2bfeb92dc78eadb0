using ParallelDag.Graphs;

namespace ParallelDag;

/// <summary>
/// Collects nodes and edges and freezes them into a <see cref="Dag"/>: build, then freeze.
/// Tables first (<see cref="AddFacts"/>, <see cref="AddScope"/>, <see cref="AddGpus"/>), then nodes that point into them, then edges.
/// Give every node an id, or none: without ids the DAG makes them from facts, scope and GPUs.
/// </summary>
public sealed class DagBuilder
{
    private readonly List<NodeFacts> _factsTable = [];
    private readonly List<NodeScope> _scopeTable = [];
    private readonly List<GpuSet?> _gpuTable = [];
    private readonly Dictionary<GpuSet, int> _gpuIndex = [];
    private readonly Dictionary<(int Facts, int Gpus), GroupSpan> _spans = [];
    private readonly Column _facts = new();
    private readonly Column _scopes = new();
    private readonly Column _gpus = new();
    private readonly Column _sources = new();
    private readonly Column _targets = new();
    private readonly List<EdgeStamp> _stamps = [];
    private readonly List<string> _ids = [];
    private readonly List<EdgeFacts> _edgeFacts = [];
    private int _stampedEdges;
    private int _unknownGpus = -1;

    /// <summary>How many nodes were added.</summary>
    public int NodeCount => _facts.Count;

    /// <summary>How many edges were added.</summary>
    public int EdgeCount => checked(_sources.Count + _stampedEdges);

    /// <summary>Makes room ahead of many additions.</summary>
    public void Reserve(int nodes)
    {
        _facts.Reserve(nodes);
        _scopes.Reserve(nodes);
        _gpus.Reserve(nodes);
    }

    /// <summary>Adds an entry to the facts table and returns its index.</summary>
    public int AddFacts(NodeFacts facts)
    {
        _factsTable.Add(facts);
        return _factsTable.Count - 1;
    }

    /// <summary>Adds an entry to the scope table and returns its index.</summary>
    public int AddScope(NodeScope scope)
    {
        _scopeTable.Add(scope);
        return _scopeTable.Count - 1;
    }

    /// <summary>Adds a GPU set, or null for "not told", and returns its index; an equal set added before keeps its index.</summary>
    public int AddGpus(GpuSet? gpus)
    {
        if (gpus is null)
        {
            if (_unknownGpus < 0)
            {
                _gpuTable.Add(null);
                _unknownGpus = _gpuTable.Count - 1;
            }

            return _unknownGpus;
        }

        if (!_gpuIndex.TryGetValue(gpus, out int index))
        {
            index = _gpuTable.Count;
            _gpuTable.Add(gpus);
            _gpuIndex.Add(gpus, index);
        }

        return index;
    }

    /// <summary>
    /// Notes what the slowest of the process groups spans that nodes with these facts on these GPUs stand for; one group spans its GPUs,
    /// and is noted where what crosses the network does not follow from S.
    /// </summary>
    internal void AddSpan(int facts, int gpus, GroupSpan span) => _spans[(facts, gpus)] = span;

    /// <summary>Adds a node that points into the tables and returns its index.</summary>
    public int AddNode(int facts, int scope, int gpus)
    {
        _facts.Add(facts);
        _scopes.Add(scope);
        _gpus.Add(gpus);
        return _facts.Count - 1;
    }

    /// <summary>The index of a node's facts.</summary>
    internal int FactsOf(int node) => _facts[node];

    /// <summary>Adds a block of nodes of one scope and returns the index of the first.</summary>
    public int AddNodes(ReadOnlySpan<int> facts, int scope, ReadOnlySpan<int> gpus)
    {
        int first = NodeCount;
        _facts.Add(facts);
        _scopes.Add(scope, facts.Length);
        _gpus.Add(gpus);
        return first;
    }

    /// <summary>Adds a node with an id and table entries of its own and returns its index. The caller keeps ids unique.</summary>
    public int AddNode(string id, NodeFacts facts, NodeScope scope, GpuSet? gpus)
    {
        _ids.Add(id);
        return AddNode(AddFacts(facts), AddScope(scope), AddGpus(gpus));
    }

    /// <summary>Adds a node with an id that points into the tables and returns its index. The caller keeps ids unique.</summary>
    public int AddNode(string id, int facts, int scope, int gpus)
    {
        _ids.Add(id);
        return AddNode(facts, scope, gpus);
    }

    /// <summary>Adds an edge.</summary>
    public void AddEdge(int source, int target, EdgeKind kind)
    {
        _sources.Add(source);
        _targets.Add(Topology.Pack(target, kind));
    }

    /// <summary>
    /// Adds the edges of a pattern, counted from the given nodes. They follow, in the rows of their nodes, those stamped before and precede
    /// single ones.
    /// </summary>
    public void AddEdges(EdgePattern pattern, int sourceBase, int targetBase)
    {
        _stamps.Add(new EdgeStamp(pattern, sourceBase, targetBase));
        _stampedEdges = checked(_stampedEdges + pattern.Count);
    }

    /// <summary>Adds an edge with a label and bytes of its own; then every edge must be added so.</summary>
    public void AddEdge(int source, int target, EdgeKind kind, EdgeFacts facts)
    {
        _edgeFacts.Add(facts);
        AddEdge(source, target, kind);
    }

    /// <summary>The drawing that the graph is read from, as it stands; null for every other graph.</summary>
    internal DotSource? Drawn { get; set; }

    /// <summary>Freezes what was added. O(V + E).</summary>
    /// <param name="header">The graph-level facts.</param>
    /// <param name="edgeFacts">Answers for edge labels and bytes; null takes those given with each edge.</param>
    /// <param name="source">Where nodes and edges stand in a file, edges in the order in which they were added.</param>
    /// <param name="clock">Tells how long nodes take; null where nobody knows.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public Dag Build(
        DagHeader header, IEdgeFactsSource? edgeFacts = null, SourceMap? source = null, INodeClock? clock = null,
        CancellationToken cancellation = default)
    {
        if (_ids.Count > 0 && _ids.Count != NodeCount)
            throw new InvalidOperationException("give every node an id, or none");
        if (_edgeFacts.Count > 0 && _edgeFacts.Count != EdgeCount)
            throw new InvalidOperationException("give every edge facts, or none");

        bool listed = _stamps.Count == 0 && (edgeFacts is null || source is not null);
        int[]? order = listed ? new int[EdgeCount] : null;
        int[] sources = _sources.ToArray(), targets = _targets.ToArray();
        Topology topology = listed
            ? Topology.FromEdges(NodeCount, sources, targets, order)
            : Topology.FromStamps(NodeCount, [.. _stamps, new EdgeStamp(new EdgePattern(sources, targets), 0, 0)], cancellation);
        if (edgeFacts is null)
            edgeFacts = new ListedEdgeFacts(_edgeFacts.Count == 0 ? null : [.. order!.Select(edge => _edgeFacts[edge])]);
        if (source is not null)
            source = source with { Edges = [.. order!.Select(edge => source.Edges[edge])] };
        return new Dag(
            header,
            topology,
            (_facts.ToArray(), _scopes.ToArray(), _gpus.ToArray()),
            ([.. _factsTable], [.. _scopeTable], [.. _gpuTable], _spans),
            edgeFacts,
            _ids.Count == 0 ? null : [.. _ids],
            source,
            clock ?? GivenClock.Of(_factsTable),
            Drawn);
    }

    /// <summary>A growing array of integers.</summary>
    private sealed class Column
    {
        private int[] _items = [];

        public int Count { get; private set; }

        public int this[int index] => _items[index];

        public void Reserve(int extra)
        {
            if (_items.Length - Count < extra)
                MoveTo(checked(Count + extra));
        }

        public void Add(int item)
        {
            Grow(1);
            _items[Count++] = item;
        }

        public void Add(ReadOnlySpan<int> items)
        {
            Grow(items.Length);
            items.CopyTo(_items.AsSpan(Count));
            Count += items.Length;
        }

        public void Add(int item, int times)
        {
            Grow(times);
            _items.AsSpan(Count, times).Fill(item);
            Count += times;
        }

        public int[] ToArray() => _items.Length == Count ? _items : _items[..Count];

        private void Grow(int extra)
        {
            if (_items.Length - Count < extra)
                MoveTo(Math.Max(checked(Count + extra), (int)Math.Min(Array.MaxLength, Math.Max(16, Count * 2L))));
        }

        /// <summary>Makes room; what is beyond the items is never read, so it needs no zeros.</summary>
        private void MoveTo(int length)
        {
            int[] items = GC.AllocateUninitializedArray<int>(length);
            _items.AsSpan(0, Count).CopyTo(items);
            _items = items;
        }
    }
}
