using System.Text;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Writers;

namespace ParallelDag.Readers;

/// <summary>
/// Reads a DAG from <c>paralleldag.graph/1</c> JSON (docs/graph.schema.json), strictly: a property that is unknown, repeated, missing or of
/// the wrong type,
/// a number out of range, an edge to nowhere and an id used twice are faults with line and column.
/// </summary>
public static class JsonReader
{
    /// <summary>The value of <c>schema</c>.</summary>
    internal const string Schema = JsonWriter.Schema;

    /// <summary>Nothing beyond the standard; a graph is five levels deep.</summary>
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Reads an input. O(text + V + E).</summary>
    /// <param name="input">The input.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">It is not such a graph.</exception>
    public static Dag Read(InputFile input, CancellationToken cancellation = default)
    {
        DotEncoding.RefuseBinary(input);
        return Read(input.Utf8, input.Name, cancellation);
    }

    /// <summary>Reads UTF-8 text, with or without a byte order mark. O(text + V + E).</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="file">The file as the user named it, for messages.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The text is not such a graph.</exception>
    public static Dag Read(ReadOnlySpan<byte> utf8, string? file = null, CancellationToken cancellation = default)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        var json = new JsonCursor(utf8, file);
        try
        {
            return new JsonGraph(file, cancellation).Read(ref json);
        }
        catch (JsonException fault)
        {
            throw JsonFault.Of(fault, utf8, file);
        }
    }
}
