using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Tests.Graphs;

/// <summary>The k best paths against a list of all paths.</summary>
public sealed class BestPathsTests
{
    private const int Seeds = 300;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lengths_are_those_of_the_sorted_list_of_all_paths(bool longest)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = RandomGraphs.Of(seed, acyclic: true);
            var random = new Random(seed);
            double[] weight = [.. Enumerable.Range(0, graph.NodeCount).Select(_ => random.Next(0, 20))];
            int[] starts = [.. RandomGraphs.Ends(graph, outgoing: false)], ends = [.. RandomGraphs.Ends(graph, outgoing: true)];
            int count = random.Next(1, 8);

            int[][] all = [.. starts.SelectMany(start => ends.SelectMany(end => RandomGraphs.Paths(graph, start, end)))];
            double[] lengths = [.. all.Select(path => path.Sum(node => weight[node])).Order()];
            IEnumerable<double> expected = (longest ? lengths.Reverse() : lengths).Take(count);
            IReadOnlyList<(int[] Nodes, double Length)> found =
                BestPaths.Compute(graph, starts, ends, node => weight[node], count, longest);

            Assert.Equal(expected, found.Select(path => path.Length));
            Assert.All(found, path => Assert.Equal(path.Length, path.Nodes.Sum(node => weight[node])));
            Assert.All(found, path => Assert.Contains(all, known => known.SequenceEqual(path.Nodes)));
            Assert.Equal(found.Count, found.Select(path => string.Join(' ', path.Nodes)).Distinct().Count());
        }
    }

    [Fact]
    public void A_path_may_begin_and_end_anywhere()
    {
        // 0 -> 1 -> 2 -> 3
        Topology graph = Topology.FromEdges(4, [0, 1, 2], [1, 2, 3]);
        Assert.Equal([1, 2], Assert.Single(BestPaths.Compute(graph, [1], [2], _ => 1, 5, longest: true)).Nodes);
        Assert.Equal([2], BestPaths.Compute(graph, [1, 2], [2], _ => 1, 5, longest: false)[0].Nodes);
        Assert.Empty(BestPaths.Compute(graph, [3], [0], _ => 1, 5, longest: false));
        Assert.Equal([1, 2, 3], ShortestPath.Find(graph, [1], [3]));
        Assert.Empty(ShortestPath.Find(graph, [3], [1]));
    }

    [Fact]
    public void Depth_limits_reachability()
    {
        // 0 -> 1 -> 2 -> 3, 0 -> 2
        Topology graph = Topology.FromEdges(4, [0, 1, 2, 0], [1, 2, 3, 2]);
        Assert.Equal([0, 1, 2], Reachability.Downstream(graph, [0], 1));
        Assert.Equal([2, 3], Reachability.Upstream(graph, [3], 1));
        Assert.Equal([0, 1, 2, 3], Reachability.Upstream(graph, [3], 2));
        Assert.Equal([1], Reachability.Downstream(graph, [1], 0));
    }
}
