using System.Runtime.InteropServices;

namespace ParallelDag.Readers;

/// <summary>
/// Which nodes the subgraphs of a DOT file hold. Every mention of a node inside a subgraph is logged once; a subgraph is the stretches of
/// the log between its braces, so nesting costs nothing. Distinct nodes are worked out only for subgraphs that an edge begins or ends at,
/// each mention once.
/// </summary>
internal sealed class DotMentions
{
    private readonly List<int> _log = [];

    /// <summary>How many mentions there were.</summary>
    public int Count => _log.Count;

    /// <summary>
    /// How many of them were looked at: deep nests of subgraphs with edges at each level look at the same ones again and again.
    /// </summary>
    public long Read { get; private set; }

    /// <summary>Logs a mention.</summary>
    public void Add(int node) => _log.Add(node);

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _log.Clear();
        Read = 0;
    }

    /// <summary>The distinct nodes of a subgraph, in the order in which it first mentions them.</summary>
    /// <param name="spans">Its stretches of the log.</param>
    /// <param name="known">What earlier calls found; only stretches that were added since are looked at.</param>
    public ReadOnlySpan<int> NodesOf(List<(int First, int End)> spans, ref DistinctNodes? known)
    {
        known ??= new DistinctNodes();
        for (; known.Spans < spans.Count; known.Spans++)
        {
            (int first, int end) = spans[known.Spans];
            Read += end - first;
            for (int i = first; i < end; i++)
            {
                if (known.Set.Add(_log[i]))
                    known.Nodes.Add(_log[i]);
            }
        }

        return CollectionsMarshal.AsSpan(known.Nodes);
    }

    /// <summary>Distinct nodes found so far.</summary>
    internal sealed class DistinctNodes
    {
        public int Spans { get; set; }

        public HashSet<int> Set { get; } = [];

        public List<int> Nodes { get; } = [];
    }
}
