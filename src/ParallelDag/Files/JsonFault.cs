using System.Text.Json;
using ParallelDag.Wording;

namespace ParallelDag.Files;

/// <summary>Says in a user's words what the JSON parser found wrong, and where.</summary>
internal static class JsonFault
{
    // What the parser says -> what to change. The first row that is contained in the parser's message wins.
    private static readonly (string Says, string Advice)[] Advice =
    [
        ("maximum configured depth", "objects and lists are nested too deeply here"),
        ("trailing comma", "a ',' stands before the closing bracket; remove it"),
        ("does not contain any JSON tokens", "there is nothing in it"),
        ("Expected depth to be zero", "an object or a list is never closed; the file may be cut off"),
        ("Expected end of string", "a string is never closed; the file may be cut off"),
        ("reached end of data", "the file ends too early; it may be cut off"),
        ("after a single JSON value", "nothing may follow the closing bracket"),
        ("is invalid after a value", "a ',' or a closing bracket is missing"),
        ("start of a property name", "a name in double quotes is expected"),
        ("after a property name", "a ':' is expected"),
        ("invalid start of a value", "a value is expected"),
        ("escapable", "an unknown escape in a string; write \\\\ for a backslash"),
        ("within a JSON string", "a string holds a line break or a control character; write it as an escape such as \\n"),
        ("invalid JSON literal", "only true, false and null stand without quotes; put the word in double quotes"),
        ("invalid end of a number", "this is no number; put it in double quotes if it is a text"),
        ("leading zero", "a number may not begin with 0"),
    ];

    /// <summary>The fault at its place.</summary>
    /// <param name="fault">What the parser threw.</param>
    /// <param name="utf8">The text that it read.</param>
    /// <param name="file">The file as the user named it.</param>
    public static InputException Of(JsonException fault, ReadOnlySpan<byte> utf8, string? file)
    {
        int offset = OffsetOf(utf8, fault.LineNumber ?? 0, fault.BytePositionInLine ?? 0);
        TextPosition place = new PositionCounter().Of(utf8, offset);
        return new InputException(file, place, "this is not JSON: " + Explain(fault.Message, utf8[Math.Min(offset, utf8.Length)..]));
    }

    private static string Explain(string message, ReadOnlySpan<byte> rest)
    {
        // The parser's message ends in its own count of lines, from 0.
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        message = end < 0 ? message : message[..end];
        if (rest is [(byte)'/', (byte)'/' or (byte)'*', ..])
            return "it has no comments; remove this one";
        if (rest.IsEmpty && message.Contains("number", StringComparison.OrdinalIgnoreCase))
            return "the file ends too early; it may be cut off";
        foreach ((string says, string advice) in Advice)
        {
            if (message.Contains(says, StringComparison.OrdinalIgnoreCase))
                return advice;
        }

        return OneLine.Of(message.TrimEnd('.'));
    }

    /// <summary>The parser counts line feeds and bytes behind the last of them.</summary>
    private static int OffsetOf(ReadOnlySpan<byte> utf8, long line, long bytes)
    {
        int start = 0;
        for (long i = 0; i < line; i++)
            start += utf8[start..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(utf8.Length, start + bytes);
    }
}
