using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Tests.Graphs;

/// <summary>Every algorithm against a naive oracle on random graphs.</summary>
public class AlgorithmTests
{
    private const int Seeds = 300;

    private static Topology Random(int seed, bool acyclic) => RandomGraphs.Of(seed, acyclic);

    /// <summary>closure[u, v]: a path of at least one edge leads from u to v (Warshall).</summary>
    private static bool[,] Closure(Topology graph)
    {
        int nodes = graph.NodeCount;
        bool[,] closure = new bool[nodes, nodes];
        for (int edge = 0; edge < graph.EdgeCount; edge++)
            closure[graph.SourceOf(edge), graph.TargetOf(edge)] = true;
        for (int k = 0; k < nodes; k++)
        {
            for (int i = 0; i < nodes; i++)
            {
                for (int j = 0; j < nodes; j++)
                    closure[i, j] |= closure[i, k] && closure[k, j];
            }
        }

        return closure;
    }

    private static bool HasCycle(bool[,] closure) => Enumerable.Range(0, closure.GetLength(0)).Any(node => closure[node, node]);

    [Fact]
    public void Rows_list_the_same_edges_in_both_directions()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: false);
            var outgoing = Enumerable.Range(0, graph.NodeCount)
                .SelectMany(node => graph.Out(node).ToArray().Select(link => (node, Topology.Node(link), Topology.Kind(link))));
            var incoming = Enumerable.Range(0, graph.NodeCount)
                .SelectMany(node => graph.In(node).ToArray().Select(link => (Topology.Node(link), node, Topology.Kind(link))));
            Assert.Equal(outgoing.Order(), incoming.Order());
        }
    }

    [Fact]
    public void Stamps_make_the_same_graph_as_the_edges_they_stand_for()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var stamps = new List<EdgeStamp>();
            var sources = new List<int>();
            var targets = new List<int>();
            for (int i = 0; i < 4; i++)
            {
                int[] from = [.. Enumerable.Range(0, 5).Select(_ => random.Next(5))],
                to = [.. Enumerable.Range(0, 5).Select(_ => Topology.Pack(random.Next(5), (EdgeKind)random.Next(4)))];
                (int sourceBase, int targetBase) = (random.Next(10), random.Next(10));
                stamps.Add(new EdgeStamp(new EdgePattern(from, to), sourceBase, targetBase));
                sources.AddRange(from.Select(node => node + sourceBase));
                targets.AddRange(to.Select(link => Topology.Pack(Topology.Node(link) + targetBase, Topology.Kind(link))));
            }

            Topology stamped = Topology.FromStamps(15, [.. stamps]), listed = Topology.FromEdges(15, [.. sources], [.. targets]);
            Assert.Equal(listed.OutLinks, stamped.OutLinks);
            Assert.Equal(listed.InLinks, stamped.InLinks);
            Assert.Equal(listed.OutOffsets, stamped.OutOffsets);
        }
    }

    [Fact]
    public void An_order_exists_exactly_without_cycles_and_leads_every_edge_forward()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: seed % 2 == 0);
            bool acyclic = !HasCycle(Closure(graph));
            Assert.Equal(acyclic, TopologicalOrder.Exists(graph));
            Assert.Equal(acyclic, TopologicalOrder.TryCompute(graph, out int[] order));
            if (!acyclic)
                continue;
            Assert.Equal(Enumerable.Range(0, graph.NodeCount), order.Order());
            for (int edge = 0; edge < graph.EdgeCount; edge++)
                Assert.True(Array.IndexOf(order, graph.SourceOf(edge)) < Array.IndexOf(order, graph.TargetOf(edge)));
        }
    }

    [Fact]
    public void A_cycle_is_found_exactly_when_there_is_one_and_is_a_closed_path_without_repeats()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: seed % 3 == 0);
            int[] cycle = CycleSearch.Find(graph);
            Assert.Equal(HasCycle(Closure(graph)), cycle.Length > 0);
            for (int i = 0; i < cycle.Length; i++)
                Assert.Equal(graph.TargetOf(cycle[i]), graph.SourceOf(cycle[(i + 1) % cycle.Length]));
            Assert.Equal(cycle.Length, cycle.Select(graph.SourceOf).Distinct().Count());
        }
    }

    [Fact]
    public void Levels_are_longest_paths_in_edges()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: true);
            int[] levels = Levels.Compute(graph);
            Assert.Equal(Enumerable.Range(0, graph.NodeCount).Select(node => Depth(graph, node)), levels);
        }

        static int Depth(Topology graph, int node) =>
            graph.InDegree(node) == 0 ? 0 : 1 + graph.In(node).ToArray().Max(link => Depth(graph, Topology.Node(link)));
    }

    [Fact]
    public void Upstream_and_downstream_are_the_closure()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: false);
            bool[,] closure = Closure(graph);
            int start = seed % graph.NodeCount;
            Assert.Equal(Enumerable.Range(0, graph.NodeCount).Where(node => node == start || closure[start, node]),
                Reachability.Downstream(graph, [start]));
            Assert.Equal(Enumerable.Range(0, graph.NodeCount).Where(node => node == start || closure[node, start]),
                Reachability.Upstream(graph, [start]));
        }
    }

    [Fact]
    public void The_longest_path_is_a_path_and_no_other_is_longer()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: true);
            var random = new Random(seed);
            double[] weights = [.. Enumerable.Range(0, graph.NodeCount).Select(_ => (double)random.Next(10))];
            (int[] path, double length) = LongestPath.Compute(graph, node => weights[node]);
            Assert.Equal(length, path.Sum(node => weights[node]));
            Assert.All(path.Zip(path.Skip(1)), step => Assert.Contains(step.Second, graph.Out(step.First).ToArray().Select(Topology.Node)));
            Assert.Equal(Enumerable.Range(0, graph.NodeCount).Max(Longest), length);

            double Longest(int node) =>
                weights[node] + graph.In(node).ToArray().Select(link => Longest(Topology.Node(link))).DefaultIfEmpty(0).Max();
        }
    }

    [Fact]
    public void Redundant_edges_are_those_beside_a_longer_path_or_a_twin()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Topology graph = Random(seed, acyclic: true);
            bool[,] closure = Closure(graph);
            var expected = new List<int>();
            for (int edge = 0; edge < graph.EdgeCount; edge++)
            {
                int source = graph.SourceOf(edge), target = graph.TargetOf(edge);
                bool longer = graph.Out(source).ToArray().Select(Topology.Node).Any(middle => middle != target && closure[middle, target]);
                bool twin = Enumerable.Range(graph.FirstEdge(source), edge - graph.FirstEdge(source))
                    .Any(other => graph.TargetOf(other) == target);
                if (longer || twin)
                    expected.Add(edge);
            }

            Assert.Equal(expected, TransitiveReduction.RedundantEdges(graph));
        }
    }

    [Fact]
    public void Every_algorithm_stops_when_asked()
    {
        Topology graph = Random(7, acyclic: true);
        var stopped = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => TopologicalOrder.Exists(graph, stopped));
        Assert.Throws<OperationCanceledException>(() => CycleSearch.Find(graph, stopped));
        Assert.Throws<OperationCanceledException>(() => Levels.Compute(graph, stopped));
        Assert.Throws<OperationCanceledException>(() => Reachability.Downstream(graph, [0], stopped));
        Assert.Throws<OperationCanceledException>(() => LongestPath.Compute(graph, _ => 1, stopped));
        Assert.Throws<OperationCanceledException>(() => TransitiveReduction.RedundantEdges(graph, stopped));
    }
}
