namespace ParallelDag;

/// <summary>
/// What programs read of a check's result beside what people see; no properties of its own, as with <see cref="DagExtensions"/>.
/// </summary>
public static class CheckResultExtensions
{
    extension(CheckResult result)
    {
        /// <summary>The rows of the nodes at fault in the DAG.</summary>
        public IReadOnlyList<int> NodeIndices => result.GetNodeIndices();

        /// <summary>The positions of the edges at fault in the DAG.</summary>
        public IReadOnlyList<int> EdgeIndices => result.GetEdgeIndices();

        /// <summary>Where each of the nodes stands in the file; empty for a generated DAG.</summary>
        public IReadOnlyList<TextPosition> NodePositions => result.GetNodePositions();

        /// <summary>Where each of the edges stands in the file; empty for a generated DAG.</summary>
        public IReadOnlyList<TextPosition> EdgePositions => result.GetEdgePositions();
    }
}
