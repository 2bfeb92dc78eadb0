using System.Text;
using System.Text.Json;
using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>What kind of graph a file holds.</summary>
public enum GraphFileKind
{
    /// <summary>Not a graph: a plan, a model's config, or anything else.</summary>
    None,

    /// <summary>The DOT language.</summary>
    Dot,

    /// <summary>JSON with a <c>schema</c>.</summary>
    Json,
}

/// <summary>Reads a DAG from a file, DOT or JSON (docs/graph-files.md).</summary>
public static class GraphFile
{
    /// <summary>Larger files are refused: the text and the graph made from it have to fit into memory together.</summary>
    public const int MaxBytes = 1 << 27;

    /// <summary>How much of a file decides what it is.</summary>
    private const int HeadBytes = 1 << 16;

    /// <summary>
    /// Tells what a file is: <c>.dot</c> and <c>.gv</c> are DOT, <c>.json</c> is a graph when its first properties hold a <c>schema</c>, or <c>nodes</c> or <c>edges</c> (a tool may have sorted them);
    /// any other name is judged by content.
    /// </summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static GraphFileKind Detect(string path, string? displayName = null)
    {
        if (IsDotName(path))
            return GraphFileKind.Dot;
        byte[] head = InputBytes.ReadHead(path, displayName ?? path, HeadBytes);
        return KindOf(path, head);
    }

    /// <summary>Reads the DAG in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="displayName">The file as the user named it, for messages; null: the path.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The file cannot be read, or holds no such graph.</exception>
    public static Dag Read(string path, string? displayName = null, CancellationToken cancellation = default)
    {
        string name = displayName ?? path;
        byte[] bytes = InputBytes.ReadAll(path, name, MaxBytes, cancellation);
        switch (KindOf(path, bytes.AsSpan(0, Math.Min(bytes.Length, HeadBytes))))
        {
            case GraphFileKind.Dot:
                return DotReader.Read(InputBytes.DecodeDot(bytes, name), name, cancellation);
            case GraphFileKind.Json:
                return JsonReader.Read(bytes, name, cancellation);
            default:
                throw new InputException(name, default, IsJsonObject(bytes)
                    ? $"this JSON is not a graph; a graph begins with \"schema\": \"{JsonReader.Schema}\""
                    : "this is neither a DOT file (it would begin with 'digraph') nor a JSON graph");
        }
    }

    private static bool IsDotName(string path) =>
        path.EndsWith(".dot", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".gv", StringComparison.OrdinalIgnoreCase);

    private static GraphFileKind KindOf(string path, ReadOnlySpan<byte> head)
    {
        if (IsDotName(path))
            return GraphFileKind.Dot;
        if (IsJsonObject(head))
            return LooksLikeGraph(head) ? GraphFileKind.Json : GraphFileKind.None;
        return !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && BeginsAsDot(head) ? GraphFileKind.Dot : GraphFileKind.None;
    }

    private static bool IsJsonObject(ReadOnlySpan<byte> bytes) => InputBytes.WithoutMark(bytes).TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    /// <summary>True when the outermost object has a property that only a graph has, as far as <paramref name="head"/> reaches.</summary>
    private static bool LooksLikeGraph(ReadOnlySpan<byte> head)
    {
        var json = new Utf8JsonReader(InputBytes.WithoutMark(head), isFinalBlock: false, new JsonReaderState(JsonReader.Options));
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && (json.ValueTextEquals("schema"u8) || json.ValueTextEquals("nodes"u8) || json.ValueTextEquals("edges"u8)))
                    return true;
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Whoever reads it as a plan says what is wrong with it.
        }

        return false;
    }

    /// <summary>True when the first word, comments aside, is <c>strict</c>, <c>digraph</c> or <c>graph</c>.</summary>
    private static bool BeginsAsDot(ReadOnlySpan<byte> head)
    {
        try
        {
            DotTokenKind first = new DotLexer(Encoding.Latin1.GetString(InputBytes.WithoutMark(head)), null).Next().Kind;
            return first is DotTokenKind.Strict or DotTokenKind.Digraph or DotTokenKind.Graph;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
