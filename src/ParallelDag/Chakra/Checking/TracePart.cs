using ParallelDag.Chakra.Reading;

namespace ParallelDag.Chakra.Checking;

/// <summary>A node of a set of traces.</summary>
/// <param name="File">The place of its file in the set.</param>
/// <param name="Node">Its place in the file.</param>
internal readonly record struct TracePart(int File, int Node)
{
    /// <summary>The node itself.</summary>
    public TraceNode Of(TraceSet set) => set.Files[File].Nodes[Node];
}
