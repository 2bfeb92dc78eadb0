namespace ParallelDag.Readers;

/// <summary>A piece of a file inside a message: one line, not long, no control characters that a terminal would obey.</summary>
internal static class Excerpt
{
    /// <summary>The piece, shortened with dots where it is longer than <paramref name="longest"/>.</summary>
    public static string Of(string text, int longest = 60)
    {
        string shown = text.Length > longest ? text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "..." : text;
        return shown.AsSpan().IndexOfAnyInRange('\0', '\x1F') < 0 && shown.AsSpan().IndexOfAnyInRange('\x7F', '\x9F') < 0 ? shown
            : string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
