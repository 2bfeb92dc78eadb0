using System.Text;
using System.Text.Json;
using ParallelDag.Chakra;
using ParallelDag.Files;

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

    /// <summary>JSON lines of a schedule: actions with their times.</summary>
    Schedule,

    /// <summary>Chakra traces: a file of a set that lies in one folder.</summary>
    Chakra,
}

/// <summary>Reads a DAG from a file: DOT, JSON, a schedule, or a set of traces (docs/graph-files.md).</summary>
public static class GraphFile
{
    /// <summary>Larger files are refused: the text and the graph made from it have to fit into memory together.</summary>
    public const int MaxBytes = 1 << 27;

    /// <summary>How much of a file decides what it is.</summary>
    private const int HeadBytes = 1 << 16;

    /// <summary>
    /// Tells what an input is: <c>.dot</c> and <c>.gv</c> are DOT, <c>.et</c> is a trace; JSON is a graph when its first properties hold a
    /// <c>schema</c>, or <c>nodes</c> or
    /// <c>edges</c> (a tool may have sorted them); anything else is DOT when it begins as DOT does.
    /// </summary>
    public static GraphFileKind KindOf(InputFile input)
    {
        if (HasExtension(input, ".dot") || HasExtension(input, ".gv"))
            return GraphFileKind.Dot;
        if (ChakraTraces.IsTrace(input.Path ?? input.Name))
            return GraphFileKind.Chakra;
        ReadOnlySpan<byte> head = input.Utf8[..Math.Min(input.Utf8.Length, HeadBytes)];
        if (HasExtension(input, ".jsonl") || BeginsAsSchedule(head))
            return GraphFileKind.Schedule;
        if (IsJsonObject(head))
            return LooksLikeGraph(head) ? GraphFileKind.Json : GraphFileKind.None;
        return !HasExtension(input, ".json") && BeginsAsDot(head) ? GraphFileKind.Dot : GraphFileKind.None;
    }

    /// <summary>Reads the DAG in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="displayName">The file as the user named it, for messages; null: the path.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The file cannot be read, or holds no such graph.</exception>
    public static Dag Read(string path, string? displayName = null, CancellationToken cancellation = default) =>
        Read(InputFile.Read(path, displayName, MaxBytes, cancellation), cancellation);

    /// <summary>Reads the DAG in an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">It holds no such graph; every problem quotes its line.</exception>
    public static Dag Read(InputFile input, CancellationToken cancellation = default)
    {
        try
        {
            return KindOf(input) switch
            {
                GraphFileKind.Dot => DotReader.Read(DotEncoding.Decode(input), input.Name, cancellation),
                GraphFileKind.Json => JsonReader.Read(input, cancellation),
                GraphFileKind.Schedule => ScheduleReader.Read(input, cancellation),
                GraphFileKind.Chakra => ChakraTraces.Read(
                    input.Path ?? throw new InputException(input.Name, default, "a trace is one of several files; name it by its path"),
                    displayName: input.Name, cancellation: cancellation),
                _ => throw new InputException(input.Name, default, IsJsonObject(input.Utf8)
                    ? $"this JSON is not a graph; a graph begins with \"schema\": \"{JsonReader.Schema}\""
                    : "this is neither a DOT file (it would begin with 'digraph') nor a JSON graph"),
            };
        }
        catch (InputException fault)
        {
            throw input.Quote(fault);
        }
    }

    private static bool HasExtension(InputFile input, string extension) =>
        (input.Path ?? input.Name).EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static bool IsJsonObject(ReadOnlySpan<byte> utf8)
    {
        // A comment in front, which JSON does not have, must not turn the file into a plan.
        utf8 = utf8.TrimStart(" \t\r\n"u8);
        while (utf8 is [(byte)'/', (byte)'/' or (byte)'*', ..])
        {
            ReadOnlySpan<byte> end = utf8[1] == '/' ? "\n"u8 : "*/"u8;
            int at = utf8[2..].IndexOf(end);
            utf8 = at < 0 ? [] : utf8[(2 + at + end.Length)..].TrimStart(" \t\r\n"u8);
        }

        return utf8 is [(byte)'{', ..];
    }

    /// <summary>True when the first property of the first object is <c>schedule</c>.</summary>
    private static bool BeginsAsSchedule(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> first = head.TrimStart(" \t\r\n"u8);
        return first is [(byte)'{', ..] && first[1..].TrimStart(" \t"u8).StartsWith("\"schedule\""u8);
    }

    /// <summary>True when the outermost object has a property that only a graph has, as far as <paramref name="head"/> reaches.</summary>
    private static bool LooksLikeGraph(ReadOnlySpan<byte> head)
    {
        JsonReaderOptions lenient = JsonReader.Options with { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var json = new Utf8JsonReader(head, isFinalBlock: false, new JsonReaderState(lenient));
        try
        {
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1)
                    continue;
                if (json.ValueTextEquals("schema"u8) || json.ValueTextEquals("nodes"u8) || json.ValueTextEquals("edges"u8))
                    return true;
                if (json.ValueTextEquals("$schema"u8) && json.Read() && json.TokenType == JsonTokenType.String
                    && json.ValueSpan.EndsWith("graph.schema.json"u8))
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
            DotTokenKind first = new DotLexer(Encoding.Latin1.GetString(head), null).Next().Kind;
            return first is DotTokenKind.Strict or DotTokenKind.Digraph or DotTokenKind.Graph;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
