namespace ParallelDag.Wording;

/// <summary>
/// Text of a file or of a user inside a message, a table or a picture: one line, and nothing that a terminal would obey. Control characters
/// (C0, DEL, C1), the line and paragraph separators and the marks that reorder text (Unicode UAX #9: embeddings, overrides, isolates)
/// become spaces, so that no name can forge a line, clear a screen or turn a sentence around.
/// </summary>
public static class OneLine
{
    /// <summary>How long a quotation in a message is, unless told otherwise; in UTF-16 units.</summary>
    public const int Quotation = 60;

    /// <summary>The whole text.</summary>
    public static string Of(string text)
    {
        int first = 0;
        while (first < text.Length && !IsObeyed(text[first]))
            first++;
        return first == text.Length ? text : string.Create(text.Length, text, static (line, source) =>
        {
            for (int i = 0; i < line.Length; i++)
                line[i] = IsObeyed(source[i]) ? ' ' : source[i];
        });
    }

    /// <summary>The text, cut with dots where it is longer than <paramref name="longest"/> UTF-16 units.</summary>
    public static string Of(string text, int longest)
    {
        if (text.Length <= longest)
            return Of(text);
        int end = char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
        return Of(text[..end]) + "...";
    }

    /// <summary>A piece of a file inside a message, cut at <see cref="Quotation"/>.</summary>
    public static string Quote(string text) => Of(text, Quotation);

    /// <summary>True for a character that a terminal or a text renderer acts on instead of showing it.</summary>
    public static bool IsObeyed(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
