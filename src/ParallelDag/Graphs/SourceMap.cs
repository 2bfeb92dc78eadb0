namespace ParallelDag.Graphs;

/// <summary>A place in a text file; line and column count from 1.</summary>
/// <param name="Line">The line.</param>
/// <param name="Column">The column, in characters.</param>
public readonly record struct TextPosition(int Line, int Column);

/// <summary>Where the nodes and edges of a DAG stand in the file that it was read from.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Nodes">The place of each node.</param>
/// <param name="Edges">The place of each edge, by edge position.</param>
public sealed record SourceMap(string File, IReadOnlyList<TextPosition> Nodes, IReadOnlyList<TextPosition> Edges);
