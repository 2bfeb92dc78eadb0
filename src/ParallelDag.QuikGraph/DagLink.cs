using global::QuikGraph;

namespace ParallelDag.QuikGraph;

/// <summary>An edge of a DAG as QuikGraph sees it. Equal when it is the same edge of the same DAG: QuikGraph's algorithms look edges up by
/// value.</summary>
/// <param name="Edge">The edge, with its kind, label and bytes.</param>
public readonly record struct DagLink(DagEdge Edge) : IEdge<DagNode>
{
    /// <summary>The node that the edge leaves.</summary>
    public DagNode Source => Edge.GetSource();

    /// <summary>The node that the edge enters.</summary>
    public DagNode Target => Edge.GetTarget();

    /// <summary><c>source -> target</c>.</summary>
    public override string ToString() => Edge.ToString();
}
