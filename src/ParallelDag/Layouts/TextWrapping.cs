using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// Breaks text into lines of a given width, first fit: a line takes words as long as they fit. Words end at spaces and after
/// commas and semicolons; a longer word is broken after a hyphen, underscore, slash or dot, or else where it must be.
/// The last line that is allowed ends in an ellipsis when text is left over.
/// </summary>
internal static class TextWrapping
{
    private const string Ellipsis = "...";

    /// <summary>Adds the lines of <paramref name="text"/> to <paramref name="lines"/>. True when text had to be cut.</summary>
    public static bool Wrap(string text, LineStyle style, double width, int maxLines, List<LabelLine> lines)
    {
        (double size, bool bold) = Font(style);
        text = OneLine.Of(text);
        int start = 0;
        for (int line = 1; start < text.Length; line++)
        {
            if (line == maxLines)
            {
                string rest = text[start..];
                string shown = Shorten(rest, width, size, bold);
                Add(shown);
                return shown != rest;
            }

            int end = LineEnd(text, start, width, size, bold);
            Add(text[start..end].TrimEnd());
            start = end;
            while (start < text.Length && text[start] == ' ')
                start++;
        }

        return false;

        void Add(string shown) => lines.Add(new LabelLine(shown, style, FontMetrics.Width(shown, size, bold)));
    }

    /// <summary>The first of several wordings, from long to short, that fits; else the last one, cut.</summary>
    public static string Longest(IReadOnlyList<string> wordings, double width, double size, bool bold) =>
        wordings.FirstOrDefault(text => FontMetrics.Width(text, size, bold) <= width) ?? Shorten(wordings[^1], width, size, bold);

    /// <summary>The text, cut and ended with an ellipsis where it is wider than <paramref name="width"/>.</summary>
    public static string Shorten(string text, double width, double size, bool bold)
    {
        if (FontMetrics.Width(text, size, bold) <= width)
            return text;
        double room = width - FontMetrics.Width(Ellipsis, size, bold);
        int end = 0;
        double used = 0;
        while (end < text.Length)
        {
            int step = char.IsHighSurrogate(text[end]) && end + 1 < text.Length ? 2 : 1;
            used += FontMetrics.Width(text.AsSpan(end, step), size, bold);
            if (used > room)
                break;
            end += step;
        }

        return end == 0 ? "" : string.Concat(text.AsSpan(0, end), Ellipsis);
    }

    internal static (double Size, bool Bold) Font(LineStyle style) =>
        style == LineStyle.Name ? (NodeLabel.NameSize, true) : (NodeLabel.DetailSize, style == LineStyle.Mark);

    // The end of the line that begins at start: after the last word that fits, at least one character.
    private static int LineEnd(string text, int start, double width, double size, bool bold)
    {
        double used = 0;
        int wordEnd = -1, partEnd = -1;
        for (int i = start; i < text.Length; i++)
        {
            used += FontMetrics.Width(text.AsSpan(i, 1), size, bold);
            if (used > width && text[i] != ' ')
            {
                if (wordEnd > start || partEnd > start)
                    return wordEnd > start ? wordEnd : partEnd;
                int cut = Math.Max(i, start + 1);
                return cut < text.Length && char.IsLowSurrogate(text[cut]) ? cut + 1 : cut;
            }

            if (text[i] is ' ' or ',' or ';')
                wordEnd = i + 1;
            else if (text[i] is '-' or '_' or '/' or '.')
                partEnd = i + 1;
        }

        return text.Length;
    }
}
