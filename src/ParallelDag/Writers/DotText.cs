using System.Buffers;
using System.Text;

namespace ParallelDag.Writers;

/// <summary>
/// How text is spelled in a DOT file so that it comes back unchanged and cannot break out of its place.
/// Source: graphviz.org/doc/info/lang.html and graphviz.org/docs/attr-types/escString.
/// <para>
/// In a quoted string the lexer resolves <c>\"</c> and a backslash before a line end, nothing else. Labels are then read a second time:
/// <c>\\</c>, <c>\n</c>, <c>\l</c>, <c>\r</c>, <c>\N</c>, <c>\G</c> and character entities. Our own attributes double backslashes as labels
/// do.
/// </para>
/// </summary>
internal static class DotText
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly SearchValues<char> SpecialInLabels = SearchValues.Create("\\\"\n\r&\0");

    /// <summary>Writes an id (of a node, a graph): bare where the language allows it, else quoted.</summary>
    public static void WriteId(Utf8Sink sink, ReadOnlySpan<char> id)
    {
        if (IsBare(id))
            sink.Text(id);
        else if (!id.ContainsAny('"', '\\', '\0'))
        {
            sink.Bytes("\""u8);
            sink.Text(id);
            sink.Bytes("\""u8);
        }
        else
            sink.Text(IsQuotable(id) ? Quote(id) : HtmlId(id));
    }

    /// <summary>The id of a node or a graph.</summary>
    public static string Id(string id) => IsBare(id) ? id : IsQuotable(id) ? Quote(id) : HtmlId(id);

    /// <summary>The value of one of our own attributes.</summary>
    public static string Value(string value)
    {
        if (IsBare(value) || IsNumeral(value))
            return value;
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                '\0' => text.Append('\uFFFD'),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>Text that is to be read as it stands, as part of a quoted label.</summary>
    public static string LabelPart(string value)
    {
        if (!value.AsSpan().ContainsAny(SpecialInLabels))
            return value;
        var text = new StringBuilder(value.Length + 16);
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(' '),
                '&' => text.Append("&amp;"),
                '\0' => text.Append('\uFFFD'),
                _ => text.Append(c),
            };
        }

        return text.ToString();
    }

    /// <summary>
    /// A quoted string whose content the lexer gives back as it stands, as far as it can hold it (<see cref="IsQuotable"/>).
    /// </summary>
    public static string Quote(ReadOnlySpan<char> value) =>
        $"\"{value.ToString().Replace("\"", "\\\"", StringComparison.Ordinal).Replace('\0', '\uFFFD')}\"";

    /// <summary>
    /// False when an odd run of backslashes stands before a quote, a line end or the end: a quoted string cannot hold that.
    /// </summary>
    public static bool IsQuotable(ReadOnlySpan<char> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\')
                continue;
            int run = value[i..].IndexOfAnyExcept('\\');
            if (run < 0)
                run = value.Length - i;
            i += run;
            if (run % 2 == 1 && (i == value.Length || value[i] is '"' or '\n' or '\r'))
                return false;
        }

        return true;
    }

    /// <summary>True when every angle bracket closes one that was opened: an HTML string can hold no other text.</summary>
    public static bool IsBalanced(string html)
    {
        int depth = 0;
        foreach (char c in html)
        {
            depth += c == '<' ? 1 : c == '>' ? -1 : 0;
            if (depth < 0 || c == '\0')
                return false;
        }

        return depth == 0;
    }

    /// <summary>
    /// What a quoted string cannot hold goes into an HTML string, which knows no backslash; angle brackets become entities there.
    /// </summary>
    private static string HtmlId(ReadOnlySpan<char> id)
    {
        var text = new StringBuilder("<").Append(id);
        text.Replace("&", "&amp;", 1, text.Length - 1);
        text.Replace("<", "&lt;", 1, text.Length - 1);
        text.Replace(">", "&gt;", 1, text.Length - 1);
        return text.Replace('\0', '\uFFFD').Append('>').ToString();
    }

    private static bool IsBare(ReadOnlySpan<char> id) =>
        id.Length > 0 && !char.IsAsciiDigit(id[0]) && !id.ContainsAnyExcept(IdCharacters) && !IsKeyword(id);

    /// <summary>Plain digits, which Graphviz keeps as they stand.</summary>
    private static bool IsNumeral(string value) =>
        value.Length > 0 && value.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsKeyword(ReadOnlySpan<char> id) => id.Length is >= 4 and <= 8
        && (id.Equals("node", StringComparison.OrdinalIgnoreCase) || id.Equals("edge", StringComparison.OrdinalIgnoreCase)
            || id.Equals("graph", StringComparison.OrdinalIgnoreCase) || id.Equals("digraph", StringComparison.OrdinalIgnoreCase)
            || id.Equals("subgraph", StringComparison.OrdinalIgnoreCase) || id.Equals("strict", StringComparison.OrdinalIgnoreCase));
}
