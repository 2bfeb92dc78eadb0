using ParallelDag.Graphs;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// What a node reads in the file of one rank: its predecessors that have an action there, through nodes without one, such as an Input, to
/// those before them (who follows an Input waits for the tokens of the phase before). Of a message that is what arrives at the rank, or
/// where nothing does what leaves it. Along edges of kind order nothing passes: they are asked for apart.
/// </summary>
internal sealed class LocalDependencies(TraceActions actions)
{
    /// <summary>From how many looks on (members times predecessors) a collective's predecessors are parted by rank once.</summary>
    private const long Many = 1 << 10;

    private readonly Dag _dag = actions.Dag;
    private readonly Dictionary<int, (int Rank, int Id)[]> _parted = [];
    private readonly Stack<int> _open = [];
    private readonly HashSet<int> _passed = [];
    private readonly List<int> _ids = [];

    /// <summary>The ids of what a node reads, ascending, each once; valid until the next call.</summary>
    public ReadOnlySpan<int> Of(int rank, int node)
    {
        _ids.Clear();
        int members = _dag.GpusOf(node)!.Count;
        if (members > 1 && (long)members * _dag.Topology.InDegree(node) > Many)
            AddParted(rank, node);
        else
            AddPredecessors(rank, node);
        return Distinct();
    }

    /// <summary>The ids of what a node only comes after.</summary>
    public ReadOnlySpan<int> OrderOf(int rank, int node)
    {
        _ids.Clear();
        foreach (int link in _dag.Topology.In(node))
        {
            if (Topology.Kind(link) == EdgeKind.Order)
                Add(rank, Topology.Node(link));
        }

        AddOpen(rank);
        return Distinct();
    }

    /// <summary>The ids of a single predecessor.</summary>
    public ReadOnlySpan<int> OfPredecessor(int rank, int predecessor)
    {
        _ids.Clear();
        Add(rank, predecessor);
        AddOpen(rank);
        return Distinct();
    }

    private void AddPredecessors(int rank, int node)
    {
        AddReadBy(rank, node);
        AddOpen(rank);
    }

    private void AddReadBy(int rank, int node)
    {
        foreach (int link in _dag.Topology.In(node))
        {
            if (Topology.Kind(link) != EdgeKind.Order)
                Add(rank, Topology.Node(link));
        }
    }

    private void AddOpen(int rank)
    {
        if (_open.Count == 0)
            return;
        _passed.Clear();
        while (_open.TryPop(out int passed))
        {
            if (_passed.Add(passed))
                AddReadBy(rank, passed);
        }
    }

    private void Add(int rank, int node)
    {
        int id = actions.FirstIdOf(node);
        if (id == 0)
            _open.Push(node);
        else if (!actions.IsElsewhere(node, rank))
            AddActions(rank, node, id);
    }

    private void AddActions(int rank, int node, int id)
    {
        if (!TraceActions.IsMessage(_dag.FactsOf(node)))
        {
            if (actions.Includes(node, rank))
                _ids.Add(id);
            return;
        }

        int before = _ids.Count;
        foreach ((int each, TraceMessage message) in actions.MessagesFrom(id))
        {
            if (message.Target == rank)
                _ids.Add(each);
        }

        if (_ids.Count > before)
            return;
        foreach ((int each, TraceMessage message) in actions.MessagesFrom(id))
        {
            if (message.Source == rank)
                _ids.Add(each);
        }
    }

    /// <summary>A collective's dependencies, found for all its members at once when the first of them asks.</summary>
    private void AddParted(int rank, int node)
    {
        if (!_parted.TryGetValue(node, out (int Rank, int Id)[]? parts))
            _parted.Add(node, parts = Part(node));
        int low = 0, high = parts.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (parts[middle].Rank < rank)
                low = middle + 1;
            else
                high = middle;
        }

        for (; low < parts.Length && parts[low].Rank == rank; low++)
            _ids.Add(parts[low].Id);
    }

    private (int Rank, int Id)[] Part(int node)
    {
        int[] members = actions.Ranks.Of(_dag.GpusOf(node)!);
        var parts = new List<(int Rank, int Id)>();
        foreach (int link in _dag.Topology.In(node))
        {
            int source = Topology.Node(link);
            if (Topology.Kind(link) == EdgeKind.Order)
                continue;
            if (actions.FirstIdOf(source) != 0 && actions.OnlyRankOf(source) is int rank and >= 0)
                parts.Add((rank, actions.FirstIdOf(source)));
            else
                PartSpread(source, members, parts);
        }

        parts.Sort();
        return [.. parts];
    }

    /// <summary>A predecessor on several ranks, or none: asked for each member.</summary>
    private void PartSpread(int source, int[] members, List<(int Rank, int Id)> parts)
    {
        foreach (int member in members)
        {
            _ids.Clear();
            Add(member, source);
            AddOpen(member);
            foreach (int id in _ids)
                parts.Add((member, id));
        }

        _ids.Clear();
    }

    private ReadOnlySpan<int> Distinct()
    {
        _ids.Sort();
        Span<int> ids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids);
        int distinct = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (distinct == 0 || ids[distinct - 1] != ids[i])
                ids[distinct++] = ids[i];
        }

        return ids[..distinct];
    }
}
