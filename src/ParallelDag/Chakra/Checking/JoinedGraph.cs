using ParallelDag.Chakra.Reading;
using ParallelDag.Chakra.Wire;
using ParallelDag.Graphs;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// All traces as one graph: the calls of a collective are one point, which waits for what any of them waits for; a receive waits for its
/// send
/// too, and each collective and each send of a rank for the one before it, because a rank runs them one by one in the order of ids.
/// </summary>
internal sealed class JoinedGraph
{
    private readonly TraceSet _set;
    private readonly int[] _starts;
    private readonly int[] _pointOf;
    private readonly int[] _edgeOf;
    private readonly List<(int Source, int Target, bool InFile)> _edges = [];

    /// <summary>Joins the traces. O(V + E).</summary>
    public JoinedGraph(TraceSet set, TraceGraph files, CollectiveCalls calls, MessageEnds messages)
    {
        _set = set;
        _starts = new int[set.Files.Count + 1];
        for (int file = 0; file < set.Files.Count; file++)
            _starts[file + 1] = checked(_starts[file] + set.Files[file].Nodes.Count);
        _pointOf = [.. Enumerable.Range(0, _starts[^1])];
        foreach (TracePart[] parts in calls.Joined)
        {
            foreach (TracePart part in parts)
                _pointOf[IndexOf(part)] = IndexOf(parts[0]);
        }

        for (int file = 0; file < set.Files.Count; file++)
            AddFile(file, files);
        foreach ((TracePart send, TracePart receive) in messages.Joined)
            _edges.Add((IndexOf(send), IndexOf(receive), false));
        _edgeOf = new int[_edges.Count];
        Graph = Topology.FromEdges(
            _starts[^1],
            [.. _edges.Select(edge => _pointOf[edge.Source])],
            [.. _edges.Select(edge => Topology.Pack(_pointOf[edge.Target], EdgeKind.Data))],
            _edgeOf);
    }

    /// <summary>The points and what each waits for.</summary>
    public Topology Graph { get; }

    /// <summary>How many ranks have communications that do not wait for each other by dependencies of their own.</summary>
    public int UnchainedRanks { get; private set; }

    /// <summary>The nodes at the ends of an edge of <see cref="Graph"/>, and whether they are of one file.</summary>
    public (TracePart Source, TracePart Target, bool InFile) EdgeOf(int edge)
    {
        (int source, int target, bool inFile) = _edges[_edgeOf[edge]];
        return (PartOf(source), PartOf(target), inFile);
    }

    private void AddFile(int file, TraceGraph files)
    {
        Topology graph = files.Of(file);
        int start = _starts[file], before = -1;
        for (int node = 0; node < graph.NodeCount; node++)
        {
            foreach (int link in graph.Out(node))
                _edges.Add((start + node, start + Topology.Node(link), true));
        }

        bool chained = true;
        int[] last = LastCommunications(file, files);
        foreach (int node in files.OrderOf(file))
        {
            if (!Occupies(_set.Files[file].Nodes[node]))
                continue;
            if (before >= 0)
            {
                _edges.Add((start + before, start + node, true));
                chained &= last[node] == before;
            }

            before = node;
        }

        UnchainedRanks += chained ? 0 : 1;
    }

    /// <summary>Of each node the last communication, in the order of its rank, among those that lead to it by dependencies.</summary>
    private int[] LastCommunications(int file, TraceGraph files)
    {
        Topology graph = files.Of(file);
        IReadOnlyList<int> order = files.OrderOf(file);
        int[] places = new int[graph.NodeCount], last = new int[graph.NodeCount];
        for (int i = 0; i < order.Count; i++)
            places[order[i]] = i;
        Array.Fill(last, -1);
        foreach (int node in order)
        {
            foreach (int link in graph.In(node))
            {
                int source = Topology.Node(link), candidate = Occupies(_set.Files[file].Nodes[source]) ? source : last[source];
                if (candidate >= 0 && (last[node] < 0 || places[candidate] > places[last[node]]))
                    last[node] = candidate;
            }
        }

        return last;
    }

    private static bool Occupies(TraceNode node) => node.Type is TraceNodeType.Collective or TraceNodeType.Send;

    private int IndexOf(TracePart part) => _starts[part.File] + part.Node;

    private TracePart PartOf(int index)
    {
        int file = Array.BinarySearch(_starts, index);
        if (file < 0)
            file = ~file - 1;
        while (_starts[file + 1] <= index)
            file++;
        return new TracePart(file, index - _starts[file]);
    }
}
