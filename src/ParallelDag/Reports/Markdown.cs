using System.Globalization;
using System.Text;

namespace ParallelDag.Reports;

/// <summary>
/// Markdown (CommonMark with GitHub's tables) from text that anybody may have written. Text stays text: no name of a node or a file becomes
/// markup, a link or a new line.
/// </summary>
internal static class Markdown
{
    /// <summary>Text within a line or a table cell.</summary>
    public static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (char.IsControl(letter) || letter is '\u2028' or '\u2029')
                escaped.Append(' ');
            else if (letter is '\\' or '`' or '*' or '[' or ']' or '<' or '>' or '|' or '~' or '$' or '&' or '#'
                || (letter == '_' && !IsInsideWord(text, i)))
                escaped.Append('\\').Append(letter);
            else if (letter is ':' or '.' or '@' && StartsLink(text, i))
                escaped.Append(CultureInfo.InvariantCulture, $"&#{(int)letter};");
            else
                escaped.Append(letter);
        }

        return escaped.ToString();
    }

    /// <summary>Text in a code span, in a line or a table cell: the fence is longer than any run of backticks inside.</summary>
    public static string Code(string text)
    {
        int longest = 0, run = 0;
        var line = new StringBuilder(text.Length);
        foreach (char letter in text)
        {
            run = letter == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);

            // A table splits cells before it sees code spans, so a bar inside one still needs its backslash; a lookalike needs none.
            line.Append(char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter == '|' ? '\u00A6' : letter);
        }

        string fence = new('`', longest + 1);
        string pad = longest > 0 ? " " : "";
        return line.Length == 0 ? "" : $"{fence}{pad}{line}{pad}{fence}";
    }

    /// <summary>A link to a file beside the page, with its name as text.</summary>
    public static string Link(string file) => $"[{Code(file)}]({Target(file)})";

    /// <summary>The name of a file as the target of a link: what is neither letter nor digit is escaped as in an address.</summary>
    public static string Target(string file) => Uri.EscapeDataString(file);

    /// <summary>An underscore between letters or digits is no emphasis.</summary>
    private static bool IsInsideWord(string text, int index) =>
        index > 0 && index + 1 < text.Length && (char.IsLetterOrDigit(text[index - 1]) || text[index - 1] == '_')
            && (char.IsLetterOrDigit(text[index + 1]) || text[index + 1] == '_');

    /// <summary>GitHub turns bare addresses (<c>http://</c>, <c>www.</c>, <c>name@host</c>) into links.</summary>
    private static bool StartsLink(string text, int index) => text[index] switch
    {
        ':' => text.AsSpan(index).StartsWith("://", StringComparison.Ordinal),
        '.' => index >= 3 && text.AsSpan(index - 3, 3).Equals("www", StringComparison.OrdinalIgnoreCase),
        _ => true,
    };
}
