using ParallelDag.Graphs;

namespace ParallelDag;

/// <summary>
/// What programs read of a DAG beside what people see. These are no properties of <see cref="Dag"/> itself: PowerShell lists, prints and
/// serializes every one of those, and the columns of a graph are no facts about it.
/// </summary>
public static class DagExtensions
{
    extension(Dag dag)
    {
        /// <summary>The graph-level facts.</summary>
        public DagHeader Header => dag.GetHeader();

        /// <summary>Nodes and links as compressed sparse rows.</summary>
        public Topology Topology => dag.GetTopology();

        /// <summary>Where nodes and edges stand in the file that the DAG was read from; null for a generated DAG.</summary>
        public SourceMap? Source => dag.GetSource();

        /// <summary>The time of every node; null when the DAG was read from a file that does not tell.</summary>
        public NodeTimes? Times => dag.GetTimes();
    }
}
