namespace ParallelDag.QuikGraph;

/// <summary>The way from a DAG to QuikGraph's algorithms.</summary>
public static class QuikGraphExtensions
{
    /// <summary>
    /// A view of the DAG for QuikGraph: its vertices are the DAG's nodes, its edges the DAG's edges, parallel ones included. O(1), nothing
    /// is copied; the first look at incoming edges adds 4 bytes an edge.
    /// </summary>
    /// <example><code>
    /// DagGraph graph = dag.AsQuikGraph();
    /// IEnumerable&lt;DagNode&gt; order = graph.TopologicalSort();      // using QuikGraph.Algorithms
    /// </code></example>
    public static DagGraph AsQuikGraph(this Dag dag) => new(dag);
}
