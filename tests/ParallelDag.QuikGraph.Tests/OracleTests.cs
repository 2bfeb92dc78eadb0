using ParallelDag.Graphs.Algorithms;
using global::QuikGraph;
using global::QuikGraph.Algorithms;
using global::QuikGraph.Algorithms.RankedShortestPath;
using global::QuikGraph.Algorithms.Search;
using global::QuikGraph.Algorithms.ShortestPath;

namespace ParallelDag.QuikGraph.Tests;

/// <summary>QuikGraph, reading our columns through the view, agrees with our own algorithms on a thousand random graphs.</summary>
public sealed class OracleTests
{
    private const int Graphs = 1000;

    [Fact]
    public void Order_and_cycles()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            Dag dag = RandomDags.Of(seed, acyclic: seed % 2 == 0);
            Assert.Equal(dag.AsQuikGraph().IsDirectedAcyclicGraph<DagNode, DagLink>(), TopologicalOrder.Exists(dag.Topology));
            if (!TopologicalOrder.TryCompute(dag.Topology, out int[] order))
                continue;

            // An order is one of many; each of the two is an order of the other's graph.
            int[] theirs = [.. dag.AsQuikGraph().TopologicalSort<DagNode, DagLink>().Select(node => node.Index)];
            foreach (int[] numbering in new[] { order, theirs })
            {
                int[] place = new int[dag.NodeCount];
                for (int i = 0; i < numbering.Length; i++)
                    place[numbering[i]] = i;
                Assert.Equal(dag.NodeCount, numbering.Distinct().Count());
                Assert.All(dag.Edges, edge => Assert.True(place[edge.GetSource().Index] < place[edge.GetTarget().Index]));
            }
        }
    }

    [Fact]
    public void Strong_and_weak_components()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            Dag dag = RandomDags.Of(seed, acyclic: false);
            var theirs = new Dictionary<DagNode, int>();
            int strong = dag.AsQuikGraph().StronglyConnectedComponents(theirs);
            SamePartition(theirs, StrongComponents.Compute(dag.Topology, out int count));
            Assert.Equal(strong, count);

            theirs = [];
            int weak = dag.AsQuikGraph().WeaklyConnectedComponents(theirs);
            SamePartition(theirs, WeakComponents.Compute(dag.Topology, out count));
            Assert.Equal(weak, count);
        }
    }

    [Fact]
    public void Reachability_both_ways()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            Dag dag = RandomDags.Of(seed, acyclic: false);
            DagGraph graph = dag.AsQuikGraph();
            int start = seed % dag.NodeCount;
            Assert.Equal(Search(graph), Reachability.Downstream(dag.Topology, [start]));
            Assert.Equal(Search(new ReversedBidirectionalGraph<DagNode, DagLink>(graph)), Reachability.Upstream(dag.Topology, [start]));

            IEnumerable<int> Search<TEdge>(IVertexListGraph<DagNode, TEdge> searched)
                where TEdge : IEdge<DagNode>
            {
                var found = new List<int>();
                var search = new BreadthFirstSearchAlgorithm<DagNode, TEdge>(searched);
                search.DiscoverVertex += node => found.Add(node.Index);
                search.Compute(dag.Node(start));
                return found.Order();
            }
        }
    }

    [Fact]
    public void Transitive_reduction()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            // Parallel edges make theirs keep edges that a longer path replaces.
            Dag dag = RandomDags.Of(seed, acyclic: true, parallelEdges: false);
            int[] redundant = TransitiveReduction.RedundantEdges(dag.Topology);
            IEnumerable<string> ours = dag.Edges.Where(edge => !redundant.Contains(edge.Index)).Select(edge => edge.ToString());
            IEnumerable<string> theirs =
                dag.AsQuikGraph().ComputeTransitiveReduction<DagNode, DagLink>().Edges.Select(edge => edge.ToString());
            Assert.Equal(theirs.Distinct().Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Longest_and_shortest_paths()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            Dag dag = RandomDags.Of(seed, acyclic: true);
            DagGraph graph = dag.AsQuikGraph();
            int start = seed % dag.NodeCount;
            foreach (bool longest in new[] { true, false })
            {
                // A length in edges, from one node to each other.
                var theirs = new DagShortestPathAlgorithm<DagNode,
                    DagLink>(graph, _ => 1, longest ? DistanceRelaxers.CriticalDistance : DistanceRelaxers.ShortestDistance);
                theirs.Compute(dag.Node(start));
                int[] reached = Reachability.Downstream(dag.Topology, [start]);
                foreach (int end in reached)
                {
                    (int[] nodes, double length) =
                        BestPaths.Compute(dag.Topology, [start], [end], node => node == start ? 0 : 1, 1, longest).Single();
                    Assert.Equal(theirs.GetDistance(dag.Node(end)), length);
                    Assert.Equal((start, end, (int)length + 1), (nodes[0], nodes[^1], nodes.Length));
                    if (!longest)
                        Assert.Equal(nodes.Length, ShortestPath.Find(dag.Topology, [start], [end]).Length);
                }
            }
        }
    }

    [Fact]
    public void The_k_shortest_paths()
    {
        const int Count = 5;
        for (int seed = 0; seed < Graphs; seed++)
        {
            // Their ranking counts parallel edges as paths of their own; ours are told apart by nodes.
            Dag dag = RandomDags.Of(seed, acyclic: true, parallelEdges: false);
            double[] weight = [.. Enumerable.Range(0, dag.NodeCount).Select(node => new Random(seed + node).Next(1, 100))];
            int start = seed % dag.NodeCount;
            int[] reached = Reachability.Downstream(dag.Topology, [start]);
            int end = reached[^1];
            if (end == start)
                continue;
            var theirs = new HoffmanPavleyRankedShortestPathAlgorithm<DagNode,
                DagLink>(dag.AsQuikGraph(), link => weight[link.Target.Index]) { ShortestPathCount = Count };
            theirs.Compute(dag.Node(start), dag.Node(end));
            IEnumerable<double> lengths =
                theirs.ComputedShortestPaths.Select(path => path.Sum(link => weight[link.Target.Index])).Order().Take(Count);
            Assert.Equal(
                lengths, BestPaths.Compute(dag.Topology, [start], [end], node => node == start ? 0 : weight[node], Count, longest: false)
                .Select(path => path.Length));
        }
    }

    private static void SamePartition(Dictionary<DagNode, int> theirs, int[] ours) => Assert.Equal(
        theirs.GroupBy(pair => pair.Value, pair => pair.Key.Index).Select(group => string.Join(' ', group.Order()))
            .Order(StringComparer.Ordinal),
        ours.Index().GroupBy(pair => pair.Item, pair => pair.Index).Select(group => string.Join(' ', group.Order()))
            .Order(StringComparer.Ordinal));
}
