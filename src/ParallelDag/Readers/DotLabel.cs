using System.Net;
using System.Text;

namespace ParallelDag.Readers;

/// <summary>
/// What people see where a DOT file has a label. Source: graphviz.org/docs/attr-types/escString and graphviz.org/doc/info/shapes.html#html.
/// </summary>
internal static class DotLabel
{
    /// <summary>
    /// Resolves the escapes of a label: <c>\n \l \r</c> end a line, <c>\N</c> is the node, <c>\G</c> the graph, <c>\E \T \H</c> the edge
    /// and its ends, any other character after a backslash is itself; then character entities.
    /// </summary>
    /// <param name="raw">The label as the lexer leaves it.</param>
    /// <param name="graph">The graph's name.</param>
    /// <param name="node">The node's id, or the edge as <c>a->b</c>.</param>
    public static string Text(string raw, string graph, string node)
    {
        if (!raw.Contains('\\', StringComparison.Ordinal))
            return Entities(raw);
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 == raw.Length)
            {
                text.Append(raw[i]);
                continue;
            }

            char escape = raw[++i];
            _ = escape switch
            {
                'n' or 'l' or 'r' => text.Append('\n'),
                'N' or 'E' => text.Append(node),
                'G' => text.Append(graph),
                'T' => text.Append(node.AsSpan(0, Math.Max(0, node.IndexOf("->", StringComparison.Ordinal)))),
                'H' => text.Append(node.AsSpan(node.IndexOf("->", StringComparison.Ordinal) is int at and >= 0 ? at + 2 : node.Length)),
                _ => text.Append(escape),
            };
            if (text.Length > MaxLength)
                break;
        }

        return Entities(text.ToString());
    }

    /// <summary>The text of an HTML label: line breaks and table rows end lines, all other tags go.</summary>
    public static string HtmlText(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '<')
            {
                // White space in the source is layout of the source.
                char c = raw[i] is '\n' or '\r' or '\t' ? ' ' : raw[i];
                if (c != ' ' || (text.Length > 0 && text[^1] is not (' ' or '\n')))
                    text.Append(c);
                continue;
            }

            int end = raw.IndexOf('>', i);
            ReadOnlySpan<char> tag = end < 0 ? raw.AsSpan(i) : raw.AsSpan(i, end - i);
            if (tag.StartsWith("<br", StringComparison.OrdinalIgnoreCase) || tag.StartsWith("</tr", StringComparison.OrdinalIgnoreCase))
                text.Append('\n');
            else if (tag.StartsWith("</td", StringComparison.OrdinalIgnoreCase) && text.Length > 0)
                text.Append(' ');
            i = end < 0 ? raw.Length : end;
        }

        return Entities(text.ToString()).Trim();
    }

    /// <summary>Our own attributes: <c>\\</c>, <c>\n</c> and <c>\r</c>, everything else as it stands.</summary>
    public static string Fact(string raw)
    {
        if (!raw.Contains('\\', StringComparison.Ordinal))
            return raw;
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            char next = raw[i] == '\\' && i + 1 < raw.Length ? raw[i + 1] : '\0';
            _ = next switch
            {
                '\\' => text.Append('\\'),
                'n' => text.Append('\n'),
                'r' => text.Append('\r'),
                _ => text.Append(raw[i]),
            };
            if (next is '\\' or 'n' or 'r')
                i++;
        }

        return text.ToString();
    }

    /// <summary>A label that repeats a long name over and over is cut here.</summary>
    private const int MaxLength = 1 << 16;

    private static string Entities(string text) => text.Contains('&', StringComparison.Ordinal) ? WebUtility.HtmlDecode(text) : text;
}
