using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Writers;

namespace ParallelDag.Readers;

/// <summary>
/// Reads a DAG from <c>paralleldag.graph/1</c> JSON (docs/graph.schema.json), strictly: a property that is unknown, repeated, missing or of the wrong type,
/// a number out of range, an edge to nowhere and an id used twice are faults with line and column.
/// </summary>
public static class JsonReader
{
    /// <summary>The value of <c>schema</c>.</summary>
    internal const string Schema = JsonWriter.Schema;

    /// <summary>Nothing beyond the standard; a graph is five levels deep.</summary>
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Reads UTF-8 text. O(text + V + E).</summary>
    /// <param name="utf8">The text, with or without a byte order mark.</param>
    /// <param name="file">The file as the user named it, for messages.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The text is not such a graph.</exception>
    public static Dag Read(ReadOnlySpan<byte> utf8, string? file = null, CancellationToken cancellation = default)
    {
        InputBytes.CheckEncoding(utf8, file);
        var json = new JsonCursor(InputBytes.WithoutMark(utf8), file);
        try
        {
            return new JsonGraph(file, cancellation).Read(ref json);
        }
        catch (JsonException fault)
        {
            // The runtime's message ends in its own count of lines, from 0; ours counts from 1.
            string message = fault.Message;
            int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new InputException(
                file,
                new TextPosition((int)(fault.LineNumber ?? 0) + 1, (int)(fault.BytePositionInLine ?? 0) + 1),
                $"this is not JSON: {Excerpt.Of(place < 0 ? message : message[..place], 200)} The file may be cut off or damaged; write it again");
        }
    }
}
