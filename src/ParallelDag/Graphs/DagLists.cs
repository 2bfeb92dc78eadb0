using System.Collections;
using ParallelDag.Wording;

namespace ParallelDag.Graphs;

/// <summary>The nodes of a DAG as a list without storage of its own.</summary>
internal sealed class DagNodeList(Dag dag) : IReadOnlyList<DagNode>
{
    public int Count => dag.NodeCount;

    public DagNode this[int index] => dag.Node(index);

    public IEnumerator<DagNode> GetEnumerator()
    {
        for (int node = 0; node < dag.NodeCount; node++)
            yield return new DagNode(dag, node);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Words.Count(Count, "node");
}

/// <summary>The edges of a DAG as a list without storage of its own.</summary>
internal sealed class DagEdgeList(Dag dag) : IReadOnlyList<DagEdge>
{
    public int Count => dag.EdgeCount;

    public DagEdge this[int index] => dag.Edge(index);

    // Row by row, so that no edge searches for its source.
    public IEnumerator<DagEdge> GetEnumerator()
    {
        for (int node = 0; node < dag.NodeCount; node++)
        {
            int first = dag.Topology.FirstEdge(node);
            int last = first + dag.Topology.OutDegree(node);
            for (int edge = first; edge < last; edge++)
                yield return new DagEdge(dag, node, edge);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Words.Count(Count, "edge");
}
