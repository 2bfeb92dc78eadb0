using ParallelDag.Chakra.Checking;
using ParallelDag.Chakra.Reading;
using ParallelDag.Chakra.Wire;
using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Chakra;

/// <summary>
/// A set of traces as a Device DAG: a computation is a node of its rank, the calls of a collective are one node on its ranks, both ends of
/// a
/// message one on two. Data dependencies become edges of kind data, control dependencies of kind order. Names become ids where they are
/// unique, as those of our own traces are.
/// </summary>
internal sealed class TraceDag
{
    private readonly TraceSet _set;
    private readonly DagBuilder _builder = new();
    private readonly Dictionary<TracePart, int> _nodeOf = [];
    private readonly Dictionary<NodeFacts, int> _facts = [];
    private readonly HashSet<string> _repeated;
    private readonly int _scope;

    private TraceDag(TraceSet set)
    {
        _set = set;
        _scope = _builder.AddScope(NodeScope.Unknown);
        _repeated = [];
    }

    /// <summary>Makes the graph. O(V log V + E).</summary>
    /// <exception cref="InputException">The traces do not fit together; a problem a rule.</exception>
    public static Dag Of(TraceSet set, CancellationToken cancellation)
    {
        CheckReport report = TraceChecker.Check(set, cancellation);

        // A cycle and an inversion make a graph that the rules for graphs tell; what is not paired makes none.
        CheckResult[] faults = [.. report.Failures.Where(failure => failure.Id is not ("PD001" or "PD012" or "PD014"))];
        if (faults.Length > 0)
            throw new InputException([.. faults.Select(fault => new InputProblem(set.Name, default, fault.Evidence))]);
        var graph = new TraceGraph(set, cancellation);
        var calls = new CollectiveCalls(set, graph, new TraceFaults(TraceRules.Sizes));
        return new TraceDag(set).Build(graph, calls, new MessageEnds(set, graph), cancellation);
    }

    private Dag Build(TraceGraph graph, CollectiveCalls calls, MessageEnds messages, CancellationToken cancellation)
    {
        Dictionary<TracePart, TracePart[]> joined = [];
        foreach (TracePart[] parts in calls.Joined)
        {
            foreach (TracePart part in parts)
                joined.Add(part, parts);
        }

        foreach ((TracePart send, TracePart receive) in messages.Joined)
        {
            joined.Add(send, [send, receive]);
            joined.Add(receive, [send, receive]);
        }

        FindRepeatedNames(joined);
        for (int file = 0; file < _set.Files.Count; file++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int node = 0; node < _set.Files[file].Nodes.Count; node++)
                AddNode(new TracePart(file, node), joined);
        }

        var known = new HashSet<(int, int, EdgeKind)>();
        for (int file = 0; file < _set.Files.Count; file++)
        {
            cancellation.ThrowIfCancellationRequested();
            AddEdges(file, graph.Of(file), known);
        }

        return _builder.Build(
            new DagHeader
            {
                Name = Files.FileNames.Of(_set.Name),
                Detail = DetailLevel.Device,
                Pool = GpuSet.FromGpus(_set.Files.Select(file => file.Rank)),
            },
            cancellation: cancellation);
    }

    /// <summary>The names that several nodes of the graph would have, and those that a made one may be mistaken for.</summary>
    private void FindRepeatedNames(Dictionary<TracePart, TracePart[]> joined)
    {
        HashSet<string> seen = [];
        for (int file = 0; file < _set.Files.Count; file++)
        {
            for (int node = 0; node < _set.Files[file].Nodes.Count; node++)
            {
                var part = new TracePart(file, node);
                string name = _set.Files[file].Nodes[node].Name;
                if ((!joined.TryGetValue(part, out TracePart[]? parts) || parts[0] == part) && !seen.Add(name))
                    _repeated.Add(name);
            }
        }

        _repeated.Add("");
    }

    private void AddNode(TracePart part, Dictionary<TracePart, TracePart[]> joined)
    {
        if (_nodeOf.ContainsKey(part))
            return;
        TracePart[] parts = joined.GetValueOrDefault(part) ?? [part];
        TraceFile file = _set.Files[part.File];
        TraceNode node = file.Nodes[part.Node];
        NodeFacts facts = FactsOf(node, parts);
        if (!_facts.TryGetValue(facts, out int shared))
            _facts.Add(facts, shared = _builder.AddFacts(facts));
        string id = _repeated.Contains(node.Name) || node.Name.Contains('#', StringComparison.Ordinal)
            ? Words.Invariant($"{(node.Name.Length == 0 ? "node" : node.Name)}#{file.Rank}.{node.Id}") : node.Name;
        int gpus = _builder.AddGpus(GpuSet.FromGpus(parts.Select(each => _set.Files[each.File].Rank)));
        int index = _builder.AddNode(id, shared, _scope, gpus);
        foreach (TracePart each in parts)
            _nodeOf.Add(each, index);
    }

    private NodeFacts FactsOf(TraceNode node, TracePart[] parts)
    {
        string name = node.Name.Length == 0 ? node.Type.ToString() : node.Name;
        if (!node.IsCommunication)
        {
            return new NodeFacts
            {
                Name = name,
                Kind = NodeKind.Computation,
                Flops = node.Operations ?? 0,
                HbmBytes = (long)Math.Min(node.TensorBytes ?? 0, long.MaxValue),
            };
        }

        CollectiveKind collective = node.Type == TraceNodeType.Collective
            ? CollectiveNumbers.From((long)(node.CollectiveType ?? 0)) : CollectiveKind.SendRecv;
        long size = (long)Math.Min(node.Bytes ?? 0, long.MaxValue / (2UL * (ulong)parts.Length));
        long bytes = collective == CollectiveKind.AllGather ? size * parts.Length : size;
        return new NodeFacts
        {
            Name = name,
            Kind = NodeKind.Communication,
            Collective = collective,
            GroupSize = parts.Length,
            Groups = 1,
            Bytes = bytes,
            WireBytes = WireBytes(collective, parts.Length, bytes),
            Senders = collective == CollectiveKind.SendRecv ? GpuSet.Of(_set.Files[parts[0].File].Rank) : null,
        };
    }

    private static long WireBytes(CollectiveKind collective, int members, long bytes) =>
        (Int128)bytes * members * 2 > long.MaxValue ? long.MaxValue : CollectiveCost.WireBytes(collective, members, bytes);

    private void AddEdges(int file, Topology graph, HashSet<(int, int, EdgeKind)> known)
    {
        for (int node = 0; node < graph.NodeCount; node++)
        {
            int source = _nodeOf[new TracePart(file, node)];
            foreach (int link in graph.Out(node))
            {
                int target = _nodeOf[new TracePart(file, Topology.Node(link))];
                if (known.Add((source, target, Topology.Kind(link))))
                    _builder.AddEdge(source, target, Topology.Kind(link));
            }
        }
    }
}
