using global::QuikGraph;

namespace ParallelDag.QuikGraph.Tests;

/// <summary>The view shows the same graph as a copy of it would.</summary>
public sealed class DagGraphTests
{
    [Fact]
    public void The_view_shows_what_a_copy_holds()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Dag dag = RandomDags.Of(seed, acyclic: false);
            DagGraph view = dag.AsQuikGraph();
            var copy = new BidirectionalGraph<DagNode, DagLink>(allowParallelEdges: true);
            copy.AddVertexRange(dag.Nodes);
            copy.AddEdgeRange(dag.Edges.Select(edge => new DagLink(edge)));

            Assert.Equal((copy.VertexCount, copy.EdgeCount), (view.VertexCount, view.EdgeCount));
            Assert.Equal(copy.Edges.ToHashSet(), view.Edges.ToHashSet());
            foreach (DagNode node in dag.Nodes)
            {
                Assert.Equal(copy.OutEdges(node), view.OutEdges(node));
                Assert.Equal(copy.InEdges(node).ToHashSet(), view.InEdges(node).ToHashSet());
                Assert.Equal(node.GetInEdges().Select(edge => new DagLink(edge)).ToHashSet(), view.InEdges(node).ToHashSet());
                Assert.Equal(
                    (copy.Degree(node), copy.InDegree(node), copy.IsOutEdgesEmpty(node)),
                    (view.Degree(node), view.InDegree(node), view.IsOutEdgesEmpty(node)));
                foreach (DagNode other in dag.Nodes)
                {
                    Assert.Equal(copy.ContainsEdge(node, other), view.ContainsEdge(node, other));
                    copy.TryGetEdges(node, other, out IEnumerable<DagLink>? expected);
                    Assert.True(view.TryGetEdges(node, other, out IEnumerable<DagLink>? edges));
                    Assert.Equal((expected ?? []).ToHashSet(), edges.ToHashSet());
                }
            }
        }
    }

    [Fact]
    public void Nodes_of_another_DAG_are_no_vertices()
    {
        Dag one = RandomDags.Of(1, acyclic: true), other = RandomDags.Of(1, acyclic: true);
        Assert.False(one.AsQuikGraph().ContainsVertex(other.Node(0)));
        Assert.Throws<VertexNotFoundException>(() => one.AsQuikGraph().OutDegree(other.Node(0)));
    }
}
