using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// A Device DAG as the numbered actions of its ranks. A computation and a collective are one action each, a Send/Recv node one a message,
/// Input and Output none. Ids count actions from 1 in the <see cref="TotalOrder"/>; an action has one id in every file that it is in.
/// Memory beyond the graph: 8 bytes a node, 4 an action and its members, 24 a message.
/// </summary>
internal sealed class TraceActions
{
    private readonly int[] _firstId;
    private readonly int[] _nodeOfAction;
    private readonly List<int> _messageIds = [];
    private readonly List<TraceMessage> _messages = [];
    private readonly int[] _rankOfSet;
    private readonly int[] _rowStarts;
    private readonly int[] _rows;

    /// <summary>Numbers the actions. O(V + E).</summary>
    /// <exception cref="InputException">The graph has a cycle, or a node is of no GPU or of too many.</exception>
    public TraceActions(Dag dag, CancellationToken cancellation)
    {
        Dag = dag;
        Ranks = new RankTable(dag);
        _rankOfSet = [.. dag.GpuTable.ToArray().Select(set => set is { Count: 1 } ? Ranks.Of(set.First) : -1)];
        int[] order = TotalOrder.Of(dag, cancellation);
        _firstId = new int[dag.NodeCount];
        _nodeOfAction = Number(order, cancellation);
        (_rowStarts, _rows) = Rows(cancellation);
    }

    /// <summary>The graph.</summary>
    public Dag Dag { get; }

    /// <summary>The ranks.</summary>
    public RankTable Ranks { get; }

    /// <summary>How many actions there are.</summary>
    public int Count => _nodeOfAction.Length;

    /// <summary>The messages, by id.</summary>
    public IReadOnlyList<TraceMessage> Messages => _messages;

    /// <summary>The ids of a rank's actions, ascending.</summary>
    public ReadOnlySpan<int> Of(int rank) => _rows.AsSpan(_rowStarts[rank].._rowStarts[rank + 1]);

    /// <summary>The node that an action is of.</summary>
    public int NodeOf(int id) => _nodeOfAction[id - 1];

    /// <summary>The id of a node's first action; 0 for a node without one.</summary>
    public int FirstIdOf(int node) => _firstId[node];

    /// <summary>The message of an action; null for one that is none. O(log messages).</summary>
    public TraceMessage? MessageOf(int id)
    {
        int index = _messageIds.BinarySearch(id);
        return index < 0 ? null : _messages[index];
    }

    /// <summary>The messages of a node whose first action has an id, with their ids.</summary>
    public IEnumerable<(int Id, TraceMessage Message)> MessagesFrom(int id)
    {
        int node = NodeOf(id);
        int index = _messageIds.BinarySearch(id);
        for (; index >= 0 && index < _messageIds.Count && NodeOf(_messageIds[index]) == node; index++)
            yield return (_messageIds[index], _messages[index]);
    }

    /// <summary>The rank of a node on one GPU; -1 for a node on several.</summary>
    public int OnlyRankOf(int node) => _rankOfSet[Dag.GpuColumn[node]];

    /// <summary>True for a node on one GPU that is another rank's.</summary>
    public bool IsElsewhere(int node, int rank) => OnlyRankOf(node) is int only and >= 0 && only != rank;

    /// <summary>True when a rank takes part in a node that is no message.</summary>
    public bool Includes(int node, int rank)
    {
        int only = OnlyRankOf(node);
        return only >= 0 ? only == rank : Dag.GpusOf(node)!.Contains(Ranks.GpuOf(rank));
    }

    /// <summary>True for a node that is a message.</summary>
    public static bool IsMessage(NodeFacts facts) => facts.Collective == CollectiveKind.SendRecv;

    private int[] Number(int[] order, CancellationToken cancellation)
    {
        var nodes = new List<int>(order.Length);
        for (int i = 0; i < order.Length; i++)
        {
            if (i % Graphs.Algorithms.TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int node = order[i];
            NodeFacts facts = Dag.FactsOf(node);
            if (facts.Kind is NodeKind.Input or NodeKind.Output)
                continue;
            Require(node, facts);
            int first = nodes.Count + 1;
            if (IsMessage(facts))
            {
                foreach (TraceMessage message in MessageSplit.Of(Dag, node, Ranks))
                {
                    nodes.Add(node);
                    _messageIds.Add(nodes.Count);
                    _messages.Add(message);
                }
            }
            else
            {
                nodes.Add(node);
            }

            _firstId[node] = nodes.Count >= first ? first : 0;
        }

        return [.. nodes];
    }

    /// <summary>The actions of each rank as compressed sparse rows.</summary>
    private (int[] Starts, int[] Rows) Rows(CancellationToken cancellation)
    {
        int[] starts = new int[Ranks.Count + 1];
        ForEachPart(rank => starts[rank + 1] = checked(starts[rank + 1] + 1), cancellation);
        for (int rank = 0; rank < Ranks.Count; rank++)
            starts[rank + 1] = checked(starts[rank + 1] + starts[rank]);
        int[] rows = new int[starts[^1]], cursors = starts[..^1];
        int id = 0;
        ForEachPart(rank => rows[cursors[rank]++] = id, cancellation, next => id = next);
        return (starts, rows);
    }

    private void ForEachPart(Action<int> part, CancellationToken cancellation, Action<int>? begin = null)
    {
        int message = 0;
        for (int id = 1; id <= _nodeOfAction.Length; id++)
        {
            if (id % Graphs.Algorithms.TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            begin?.Invoke(id);
            int set = Dag.GpuColumn[_nodeOfAction[id - 1]];
            if (message < _messageIds.Count && _messageIds[message] == id)
            {
                part(_messages[message].Source);
                part(_messages[message++].Target);
            }
            else if (_rankOfSet[set] >= 0)
            {
                part(_rankOfSet[set]);
            }
            else
            {
                foreach (int rank in Ranks.Of(Dag.GpuTable[set]!))
                    part(rank);
            }
        }
    }

    private void Require(int node, NodeFacts facts)
    {
        if (Dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus)
            throw Refused(node, "does not tell its GPUs");
        if (Ranks.Of(gpus.First) < 0 || Ranks.Of(gpus.Last) < 0)
            throw Refused(node, Words.Invariant($"runs on GPUs {gpus}, which are not all in the pool {Dag.Pool}"));
        if (gpus.Count > 1 && facts.Collective == CollectiveKind.None)
            throw Refused(node, facts.Kind == NodeKind.Communication
                ? "communicates, but does not tell which collective it is"
                : Words.Invariant($"computes on {gpus.Count} GPUs at once; traces need a node a GPU (--detail device)"));
    }

    private InputException Refused(int node, string what) => new($"{OneLine.Quote(Dag.IdOf(node))} of {Dag.Name} {what}");
}
