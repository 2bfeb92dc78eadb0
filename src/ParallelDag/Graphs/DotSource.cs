namespace ParallelDag.Graphs;

/// <summary>
/// The text of a drawing as its author wrote it. A drawing that is read and written again is this text: colours, ports, ranks, clusters and
/// whatever else Graphviz knows stay the author's. A graph made from the drawing (a phase of it, say) has none and is written anew.
/// </summary>
/// <param name="Text">The text of the file.</param>
/// <param name="IsLatin1">True for a file in Latin-1, false for UTF-8.</param>
internal sealed record DotSource(string Text, bool IsLatin1);
