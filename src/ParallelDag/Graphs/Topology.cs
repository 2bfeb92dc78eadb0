using System.Runtime.InteropServices;

namespace ParallelDag.Graphs;

/// <summary>
/// The shape of a directed graph in compressed sparse rows, both directions, immutable once built.
/// Nodes are 0..NodeCount-1. An edge is its position in the outgoing rows. Parallel edges are kept, in insertion order per source.
/// Memory: 8 bytes a node and 8 bytes an edge.
/// </summary>
public sealed class Topology
{
    /// <summary>The bits of a packed link that hold the node; the three above them hold the <see cref="EdgeKind"/>.</summary>
    public const int NodeMask = (1 << KindShift) - 1;

    /// <summary>The most nodes that a topology can hold: 2^29.</summary>
    public const int MaxNodes = NodeMask;

    private const int KindShift = 29;

    // Invariants: offsets have NodeCount+1 entries, start at 0, never fall, and end at EdgeCount;
    // node v's links are [offset[v], offset[v+1]); a link packs the other end and the edge kind.
    private readonly int[] _outOffsets;
    private readonly int[] _outLinks;
    private readonly int[] _inOffsets;
    private readonly int[] _inLinks;

    internal Topology(int[] outOffsets, int[] outLinks, int[] inOffsets, int[] inLinks)
    {
        _outOffsets = outOffsets;
        _outLinks = outLinks;
        _inOffsets = inOffsets;
        _inLinks = inLinks;
    }

    /// <summary>How many nodes there are.</summary>
    public int NodeCount => _outOffsets.Length - 1;

    /// <summary>How many edges there are.</summary>
    public int EdgeCount => _outOffsets[^1];

    /// <summary>Row starts of the outgoing links: NodeCount+1 entries.</summary>
    public ReadOnlySpan<int> OutOffsets => _outOffsets;

    /// <summary>Row starts of the incoming links: NodeCount+1 entries.</summary>
    public ReadOnlySpan<int> InOffsets => _inOffsets;

    /// <summary>All outgoing links, packed; row by row.</summary>
    public ReadOnlySpan<int> OutLinks => _outLinks.AsSpan(0, EdgeCount);

    /// <summary>All incoming links, packed; row by row.</summary>
    public ReadOnlySpan<int> InLinks => _inLinks.AsSpan(0, EdgeCount);

    /// <summary>
    /// The packed links to the successors of <paramref name="node"/>; unpack with <see cref="Node"/> and <see cref="Kind"/>.
    /// </summary>
    public ReadOnlySpan<int> Out(int node) => _outLinks.AsSpan(_outOffsets[node], _outOffsets[node + 1] - _outOffsets[node]);

    /// <summary>The packed links to the predecessors of <paramref name="node"/>.</summary>
    public ReadOnlySpan<int> In(int node) => _inLinks.AsSpan(_inOffsets[node], _inOffsets[node + 1] - _inOffsets[node]);

    /// <summary>The position of the first outgoing edge of <paramref name="node"/>.</summary>
    public int FirstEdge(int node) => _outOffsets[node];

    /// <summary>The number of outgoing edges of <paramref name="node"/>.</summary>
    public int OutDegree(int node) => _outOffsets[node + 1] - _outOffsets[node];

    /// <summary>The number of incoming edges of <paramref name="node"/>.</summary>
    public int InDegree(int node) => _inOffsets[node + 1] - _inOffsets[node];

    /// <summary>The node whose row holds edge <paramref name="edge"/>. O(log V).</summary>
    public int SourceOf(int edge)
    {
        int low = 0, high = NodeCount - 1;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (_outOffsets[middle + 1] <= edge)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The target of edge <paramref name="edge"/>.</summary>
    public int TargetOf(int edge) => Node(_outLinks[edge]);

    /// <summary>The kind of edge <paramref name="edge"/>.</summary>
    public EdgeKind KindOf(int edge) => Kind(_outLinks[edge]);

    /// <summary>
    /// The first edge from position <paramref name="edge"/> on whose kind is <paramref name="kind"/> or one that <see cref="EdgeKind"/>
    /// lists behind it; <see cref="EdgeCount"/> where there is none.
    /// </summary>
    internal int NextEdgeOf(EdgeKind kind, int edge)
    {
        // Packed links are ordered by kind, as unsigned numbers.
        ReadOnlySpan<uint> links = MemoryMarshal.Cast<int, uint>(OutLinks[edge..]);
        int found = links.IndexOfAnyInRange((uint)kind << KindShift, uint.MaxValue);
        return found < 0 ? EdgeCount : edge + found;
    }

    /// <summary>The node of a packed link.</summary>
    public static int Node(int link) => link & NodeMask;

    /// <summary>The edge kind of a packed link.</summary>
    public static EdgeKind Kind(int link) => (EdgeKind)((uint)link >> KindShift);

    /// <summary>Packs a node and an edge kind into one link.</summary>
    public static int Pack(int node, EdgeKind kind) => node | ((int)kind << KindShift);

    /// <summary>
    /// Builds both directions from an edge list by counting sort. O(V + E) time.
    /// <paramref name="order"/>, when wanted, receives for each edge position the index of that edge in the list.
    /// </summary>
    /// <param name="nodeCount">Number of nodes.</param>
    /// <param name="sources">The source node of each edge.</param>
    /// <param name="targets">The packed target of each edge (<see cref="Pack"/>).</param>
    /// <param name="order">Null, or an array as long as the list.</param>
    public static Topology FromEdges(int nodeCount, int[] sources, int[] targets, int[]? order = null)
    {
        Topology topology = FromStamps(nodeCount, [new EdgeStamp(new EdgePattern(sources, targets), 0, 0)]);
        if (order is not null)
        {
            // The same stable sort once more, of the positions in the list.
            int[] cursors = topology._outOffsets[..^1];
            for (int edge = 0; edge < sources.Length; edge++)
                order[cursors[sources[edge]]++] = edge;
        }

        return topology;
    }

    /// <summary>
    /// Builds both directions from stamped patterns by counting sort, without ever listing the edges. O(V + E) time; no memory beyond the
    /// result.
    /// </summary>
    /// <param name="nodeCount">Number of nodes.</param>
    /// <param name="stamps">The edges, pattern by pattern, each with where it lies.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Topology FromStamps(int nodeCount, ReadOnlySpan<EdgeStamp> stamps, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodeCount, MaxNodes);
        int[] outOffsets = new int[nodeCount + 1];
        int[] inOffsets = new int[nodeCount + 1];
        int edgeCount = 0;
        foreach (EdgeStamp stamp in stamps)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<int> outCounts = outOffsets.AsSpan(stamp.SourceBase + 1), inCounts = inOffsets.AsSpan(stamp.TargetBase + 1);
            foreach (int source in stamp.Pattern.Sources)
                outCounts[source]++;
            foreach (int target in stamp.Pattern.Targets)
                inCounts[target & NodeMask]++;
            edgeCount = checked(edgeCount + stamp.Pattern.Count);
        }

        for (int node = 0; node < nodeCount; node++)
        {
            outOffsets[node + 1] += outOffsets[node];
            inOffsets[node + 1] += inOffsets[node];
        }

        // Every link is written below, so the rows need no zeros first.
        int[] outLinks = GC.AllocateUninitializedArray<int>(edgeCount);
        int[] inLinks = GC.AllocateUninitializedArray<int>(edgeCount);

        // The offsets serve as cursors while filling and are shifted back afterwards. Adding a base to a packed link leaves its kind alone.
        foreach (EdgeStamp stamp in stamps)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> sources = stamp.Pattern.Sources, targets = stamp.Pattern.Targets[..sources.Length];
            Span<int> outCursors = outOffsets.AsSpan(stamp.SourceBase), inCursors = inOffsets.AsSpan(stamp.TargetBase);
            for (int i = 0; i < sources.Length; i++)
            {
                int source = sources[i], target = targets[i];
                outLinks[outCursors[source]++] = target + stamp.TargetBase;
                inLinks[inCursors[target & NodeMask]++] = (source + stamp.SourceBase) | (target & ~NodeMask);
            }
        }

        outOffsets.AsSpan(0, nodeCount).CopyTo(outOffsets.AsSpan(1));
        inOffsets.AsSpan(0, nodeCount).CopyTo(inOffsets.AsSpan(1));
        outOffsets[0] = 0;
        inOffsets[0] = 0;
        return new Topology(outOffsets, outLinks, inOffsets, inLinks);
    }
}
