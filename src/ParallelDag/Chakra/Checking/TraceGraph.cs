using ParallelDag.Chakra.Reading;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// The nodes of each file as a graph of their dependencies (of several nodes with one id the last one, as simulators have it; unknown ids
/// left
/// out), and the order in which a rank reaches them: of those that are ready the lowest id first.
/// </summary>
internal sealed class TraceGraph
{
    private readonly Topology[] _graphs;
    private readonly int[][] _orders;

    /// <summary>Reads the dependencies. O(V log V + E).</summary>
    public TraceGraph(TraceSet set, CancellationToken cancellation)
    {
        _graphs = new Topology[set.Files.Count];
        _orders = new int[set.Files.Count][];
        for (int i = 0; i < _graphs.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            _graphs[i] = GraphOf(set.Files[i]);
            IReadOnlyList<TraceNode> nodes = set.Files[i].Nodes;
            _orders[i] = TopologicalOrder.ByKey(_graphs[i], node => (nodes[node].Id, node), cancellation);
            IsAcyclic &= _orders[i].Length == set.Files[i].Nodes.Count;
        }
    }

    /// <summary>False where a file has a cycle; then its order ends before it.</summary>
    public bool IsAcyclic { get; } = true;

    /// <summary>The dependencies in a file, by its place in the set; nodes by their places in it. Control has the kind order.</summary>
    public Topology Of(int file) => _graphs[file];

    /// <summary>
    /// The places of a file's nodes in the order in which its rank reaches them; those on or behind a cycle are left out.
    /// </summary>
    public IReadOnlyList<int> OrderOf(int file) => _orders[file];

    private static Topology GraphOf(TraceFile file)
    {
        var places = new Dictionary<ulong, int>(file.Nodes.Count);
        for (int i = 0; i < file.Nodes.Count; i++)
            places[file.Nodes[i].Id] = i;
        List<int> sources = [], targets = [];
        for (int i = 0; i < file.Nodes.Count; i++)
        {
            Add(file.Nodes[i].Control, EdgeKind.Order);
            Add(file.Nodes[i].Data, EdgeKind.Data);

            void Add(List<ulong> ids, EdgeKind kind)
            {
                foreach (ulong id in ids)
                {
                    if (!places.TryGetValue(id, out int source))
                        continue;
                    sources.Add(source);
                    targets.Add(Topology.Pack(i, kind));
                }
            }
        }

        return Topology.FromEdges(file.Nodes.Count, [.. sources], [.. targets]);
    }
}
