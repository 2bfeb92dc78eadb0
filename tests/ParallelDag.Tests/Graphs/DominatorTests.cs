using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Tests.Graphs;

/// <summary>Dominators against their definition: the nodes that all paths share.</summary>
public sealed class DominatorTests
{
    private const int Seeds = 300;

    [Fact]
    public void The_diamond_joins_where_it_parted()
    {
        // 0 -> 1 -> 3, 0 -> 2 -> 3 -> 4
        Topology graph = Topology.FromEdges(5, [0, 0, 1, 2, 3], [1, 2, 3, 3, 4]);
        Assert.Equal([-1, 0, 0, 0, 3], Dominators.Immediate(graph));
        Assert.Equal([3, 3, 3, 4, -1], Dominators.ImmediatePost(graph));
        Assert.Equal([0, 3, 4], Dominators.OfAllPaths(graph));
    }

    [Fact]
    public void Dominators_are_what_all_paths_share()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = RandomGraphs.Of(seed, acyclic: true);
            int[] immediate = Dominators.Immediate(graph), post = Dominators.ImmediatePost(graph);
            for (int node = 0; node < graph.NodeCount; node++)
            {
                int[][] before = [.. RandomGraphs.Ends(graph, outgoing: false).SelectMany(start => RandomGraphs.Paths(graph, start, node))];
                int[][] after = [.. RandomGraphs.Ends(graph, outgoing: true).SelectMany(end => RandomGraphs.Paths(graph, node, end))];
                Assert.Equal(Shared(before).Where(other => other != node).ToHashSet(), Chain(immediate, node).ToHashSet());
                Assert.Equal(Shared(after).Where(other => other != node).ToHashSet(), Chain(post, node).ToHashSet());
            }

            int[][] all =
                [.. RandomGraphs.Ends(graph, outgoing: false)
                .SelectMany(start => RandomGraphs.Ends(graph, outgoing: true).SelectMany(end => RandomGraphs.Paths(graph, start, end)))];
            Assert.Equal(all[0].Where(Shared(all).Contains), Dominators.OfAllPaths(graph));
        }
    }

    [Fact]
    public void A_graph_with_a_cycle_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => Dominators.Immediate(Topology.FromEdges(2, [0, 1], [1, 0])));

    private static HashSet<int> Shared(int[][] paths) =>
        [.. paths.Aggregate((IEnumerable<int>)paths[0], (shared, path) => shared.Intersect(path))];

    private static IEnumerable<int> Chain(int[] immediate, int node)
    {
        for (int at = immediate[node]; at >= 0; at = immediate[at])
            yield return at;
    }
}
