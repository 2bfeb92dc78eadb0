namespace ParallelDag.Graphs;

/// <summary>Where the nodes and edges of a DAG stand in the file that it was read from.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Nodes">The place of each node.</param>
/// <param name="Edges">The place of each edge, by edge position.</param>
public sealed record SourceMap(string File, IReadOnlyList<TextPosition> Nodes, IReadOnlyList<TextPosition> Edges);
