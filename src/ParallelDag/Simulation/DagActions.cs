using System.Runtime.InteropServices;
using ParallelDag.Graphs;

namespace ParallelDag.Simulation;

/// <summary>
/// The nodes of a DAG as actions on the streams of its GPUs: which streams a node occupies follows from its collective, its GPUs and the
/// GPUs of its neighbours (who sends, who receives).
/// </summary>
internal sealed class DagActions
{
    private const byte Nothing = 0, Compute = 1, Collective = 2, Message = 3;

    private const int Classes = 4;

    private readonly SimulationOptions _options;
    private readonly int[] _setOf;
    private readonly byte[] _classOfFacts;
    private readonly bool[]? _phaseOfScope;
    private readonly Dictionary<(int Gpus, int Before, int Behind), int> _ofMessages = [];

    /// <summary>Assigns the streams. O(V + E of messages).</summary>
    /// <param name="dag">The graph.</param>
    /// <param name="times">The time of each node.</param>
    /// <param name="options">Assignment, schedule, phase.</param>
    public DagActions(Dag dag, NodeTimes times, SimulationOptions options)
    {
        Dag = dag;
        _options = options;
        _classOfFacts = [.. dag.FactsTable.ToArray().Select(ClassOf)];
        _phaseOfScope = options.Phase is PhaseKind phase ? [.. dag.ScopeTable.ToArray().Select(scope => scope.Phase == phase)] : null;
        GpuLanes = new GpuLanes(UsedSets());
        _setOf = new int[dag.GpuTable.Length * Classes];
        Array.Fill(_setOf, -1);
        Occupancies = new OccupancyTable(GpuLanes.Count * StreamKinds);
        int[] occupancyIds = new int[dag.NodeCount];
        ReadOnlySpan<int> facts = dag.FactsColumn, gpus = dag.GpuColumn;
        for (int node = 0; node < occupancyIds.Length; node++)
        {
            // What has no occupancy of its own GPUs yet, and every message, takes the long way.
            int known = _setOf[(gpus[node] * Classes) + _classOfFacts[facts[node]]];
            occupancyIds[node] = known >= 0 && _phaseOfScope is null ? known : OccupancyOf(node);
        }

        Actions = new ActionSet
        {
            Dependencies = dag.Topology,
            Durations = Stretched(times),
            DurationIds = Chosen(times),
            Occupancies = Occupancies,
            OccupancyIds = occupancyIds,
            IgnoresOrder = options.Schedule == StreamSchedule.Overlapped,
            Preference = options.Schedule == StreamSchedule.Overlapped ? Preference() : null,
        };
    }

    /// <summary>The graph.</summary>
    public Dag Dag { get; }

    /// <summary>The GPUs by lanes; lane i has the streams from i times <see cref="StreamKinds"/>.</summary>
    public GpuLanes GpuLanes { get; }

    /// <summary>The nodes as the core takes them.</summary>
    public ActionSet Actions { get; }

    /// <summary>How many streams a GPU has.</summary>
    public int StreamKinds => _options.Streams switch { StreamAssignment.One => 1, StreamAssignment.Two => 2, _ => 4 };

    private OccupancyTable Occupancies { get; }

    /// <summary>True for a node of the phase that was asked for, which the hand-off between phases belongs to neither of.</summary>
    public bool Includes(int node) =>
        _phaseOfScope is null || (_phaseOfScope[Dag.ScopeColumn[node]] && Dag.FactsOf(node).Role != OperatorRole.CacheTransfer);

    /// <summary>True for a node that computes, as opposed to one that moves data or takes no time.</summary>
    public bool Computes(int node) => _classOfFacts[Dag.FactsColumn[node]] == Compute;

    private static byte ClassOf(NodeFacts facts) =>
        facts.Kind is NodeKind.Input or NodeKind.Output ? Nothing
        : facts.Collective == CollectiveKind.SendRecv ? Message
        : facts.Collective != CollectiveKind.None || facts.Kind == NodeKind.Communication ? Collective
        : Compute;

    /// <summary>The sets of GPUs that the simulated nodes name.</summary>
    private HashSet<GpuSet> UsedSets()
    {
        bool[] used = new bool[Dag.GpuTable.Length];
        ReadOnlySpan<int> gpus = Dag.GpuColumn;
        for (int node = 0; node < gpus.Length; node++)
            used[gpus[node]] |= _phaseOfScope is null || Includes(node);
        var sets = new HashSet<GpuSet>();
        for (int i = 0; i < used.Length; i++)
        {
            if (used[i] && Dag.GpuTable[i] is GpuSet set)
                sets.Add(set);
        }

        foreach (NodeFacts facts in Dag.FactsTable)
        {
            if (facts.Senders is GpuSet senders)
                sets.Add(senders);
        }

        return sets;
    }

    private int OccupancyOf(int node)
    {
        int gpus = Dag.GpuColumn[node];
        byte kind = _classOfFacts[Dag.FactsColumn[node]];
        if (kind == Nothing || Dag.GpuTable[gpus] is not GpuSet set || !Includes(node))
            return 0;
        if (kind == Message)
            return MessageOccupancy(node, set);
        ref int known = ref _setOf[(gpus * Classes) + kind];
        if (known < 0)
        {
            int stream = kind == Compute || _options.Streams == StreamAssignment.One ? 0 : 1;
            known = Occupancies.Add([.. GpuLanes.Of(set).Select(lane => (lane * StreamKinds) + stream)]);
        }

        return known;
    }

    /// <summary>The occupancy of a message, found once for all messages between the same sets of GPUs.</summary>
    private int MessageOccupancy(int node, GpuSet gpus)
    {
        if (Dag.FactsOf(node).Senders is not null || OnlySet(Dag.Topology.In(node)) is not int before
            || OnlySet(Dag.Topology.Out(node)) is not int behind)
            return AddMessage(node, gpus);
        ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofMessages, (Dag.GpuColumn[node], before, behind), out bool exists);
        if (!exists)
            known = AddMessage(node, gpus);
        return known;
    }

    /// <summary>The set of GPUs that all neighbours along data have, -1 without such neighbours; null where they have several.</summary>
    private int? OnlySet(ReadOnlySpan<int> links)
    {
        int only = -1;
        foreach (int link in links)
        {
            if (!CarriesData(link))
                continue;
            int set = Dag.GpuColumn[Topology.Node(link)];
            if (only >= 0 && set != only)
                return null;
            only = set;
        }

        return only;
    }

    /// <summary>
    /// Who holds what is sent are the GPUs of the predecessors, who gets it those of the successors; a holder that gets it too sends
    /// nothing.
    /// Where that tells nothing, and where all hold and get (a ring), all take part in both.
    /// </summary>
    private int AddMessage(int node, GpuSet gpus)
    {
        GpuSet senders = Dag.FactsOf(node).Senders ?? Neighbours(Dag.Topology.In(node), gpus);
        GpuSet receivers = Dag.FactsOf(node).Senders is null ? Neighbours(Dag.Topology.Out(node), gpus) : gpus.Except(senders);
        if (senders.IsEmpty)
            senders = receivers.IsEmpty || receivers.Count == gpus.Count ? gpus : gpus.Except(receivers);
        if (receivers.IsEmpty)
            receivers = senders.Count == gpus.Count ? gpus : gpus.Except(senders);
        if (senders.Except(receivers) is { IsEmpty: false } others)
            senders = others;
        int[] sending = GpuLanes.Of(senders), receiving = GpuLanes.Of(receivers);
        return Occupancies.Add(_options.Streams switch
        {
            StreamAssignment.One => [.. sending.Union(receiving).Order()],
            StreamAssignment.Two => [.. sending.Select(lane => (lane * 2) + 1)],
            _ => [.. sending.Select(lane => (lane * 4) + 2).Concat(receiving.Select(lane => (lane * 4) + 3)).Order()],
        });
    }

    /// <summary>Those of a node's GPUs that its neighbours along data have.</summary>
    private GpuSet Neighbours(ReadOnlySpan<int> links, GpuSet gpus)
    {
        GpuSet found = GpuSet.Empty;
        foreach (int link in links)
        {
            if (CarriesData(link) && Dag.GpusOf(Topology.Node(link)) is GpuSet near)
                found = found.Union(near.Intersect(gpus));
        }

        return found;
    }

    private static bool CarriesData(int link) => Topology.Kind(link) is EdgeKind.Data or EdgeKind.Pipeline or EdgeKind.Kv;

    /// <summary>
    /// The durations; where some nodes do not take the times that the graph tells, behind them those of stretched computation in
    /// prefill and
    /// in decode, then 0.
    /// </summary>
    private long[] Stretched(NodeTimes times)
    {
        long[] durations = times.Picoseconds.ToArray();
        return Replaces ? [.. durations, .. Stretch(PhaseKind.Prefill), .. Stretch(PhaseKind.Decode), 0] : durations;

        IEnumerable<long> Stretch(PhaseKind phase) => times.Table.ToArray()
            .Select(time => (time with { Seconds = time.Seconds * StretchOf(phase) }).Picoseconds);
    }

    private int[] Chosen(NodeTimes times)
    {
        if (!Replaces)
            return times.IdArray;
        int count = times.Table.Length;
        int[] chosen = new int[times.IdArray.Length];
        for (int node = 0; node < chosen.Length; node++)
        {
            int table = !Computes(node) ? 0 : Dag.ScopeOf(node).Phase == PhaseKind.Decode ? 2 : 1;
            chosen[node] = Includes(node) ? (table * count) + times.IdArray[node] : 3 * count;
        }

        return chosen;
    }

    private bool Replaces => _options.Phase is not null || StretchOf(PhaseKind.Prefill) != 1 || StretchOf(PhaseKind.Decode) != 1;

    /// <summary>By how much computation of a phase is stretched.</summary>
    private double StretchOf(PhaseKind phase) => _options.Schedule == StreamSchedule.Overlapped
        ? SimulationOptions.Multiprocessors / (double)(SimulationOptions.Multiprocessors - (_options.OverlapSms ?? Dag.OverlapSmsOf(phase)))
        : 1;

    /// <summary>The nodes by micro-batch, those of one by index; null where their indices say the same.</summary>
    private int[]? Preference()
    {
        int[] microBatches = [.. Dag.ScopeTable.ToArray().Select(scope => scope.MicroBatch)];
        int[] starts = new int[microBatches.DefaultIfEmpty().Max() + 2];
        bool ordered = true;
        int before = 0;
        foreach (int scope in Dag.ScopeColumn)
        {
            ordered &= microBatches[scope] >= before;
            before = microBatches[scope];
            starts[before + 1]++;
        }

        if (ordered)
            return null;
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        int[] order = new int[Dag.NodeCount];
        for (int node = 0; node < order.Length; node++)
            order[starts[microBatches[Dag.ScopeColumn[node]]]++] = node;
        return order;
    }
}
