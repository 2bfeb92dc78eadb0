namespace ParallelDag.Chakra.Checking;

/// <summary>A node of a set of traces.</summary>
/// <param name="File">The place of its file in the set.</param>
/// <param name="Node">Its place in the file.</param>
internal readonly record struct TracePart(int File, int Node);
