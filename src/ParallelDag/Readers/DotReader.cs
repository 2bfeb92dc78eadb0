using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>
/// Reads a DAG from DOT text (docs/graph-files.md). A file that states <c>schema="paralleldag.graph/1"</c> is taken at its word and read
/// strictly; from any other digraph the reader takes the facts that attributes, labels, shapes and styles tell, and leaves the rest open.
/// </summary>
public static class DotReader
{
    /// <summary>Reads <paramref name="text"/>. O(text + V + E).</summary>
    /// <param name="text">One digraph.</param>
    /// <param name="file">The file as the user named it, for messages and for the name of a graph without one.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The text is no digraph, or states what cannot be.</exception>
    public static Dag Read(string text, string? file = null, CancellationToken cancellation = default) =>
        Read(new DotSource(text, IsLatin1: false), file, cancellation);

    /// <summary>Reads the text of a file.</summary>
    internal static Dag Read(DotSource source, string? file, CancellationToken cancellation)
    {
        List<DotGraph> graphs = DotParser.Parse(source.Text, file, cancellation);
        if (graphs.Count == 0)
            throw new InputException(file, default, "there is no graph in it; a DOT file begins with 'digraph'");
        if (graphs.Count > 1)
            throw new InputException(file, graphs[1].Position, "a second graph begins here; keep one graph in a file");
        if (!graphs[0].IsDirected)
            throw new InputException(file, graphs[0].Position,
                "this graph is undirected, so nothing in it comes before anything else; write 'digraph' and '->'");
        return new DotInterpreter(graphs[0], source, file, cancellation).Read();
    }
}
