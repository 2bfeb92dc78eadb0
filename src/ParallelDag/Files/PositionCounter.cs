using System.Text;

namespace ParallelDag.Files;

/// <summary>
/// Turns offsets in a text, bytes of UTF-8 or characters, into lines and columns. It remembers how far it has counted, so that questions in
/// ascending order cost O(text) together, however long the lines are (minified JSON is one line); a question about an earlier place counts
/// from the start again.
/// <para>
/// A line ends at LF, CR or CRLF, as in the Language Server Protocol; with <paramref name="unicodeBreaks"/> also at U+0085, U+2028 and
/// U+2029,
/// as in YAML 1.1. A copy of the counter goes on by itself.
/// </para>
/// </summary>
internal struct PositionCounter(bool unicodeBreaks = false)
{
    private static ReadOnlySpan<byte> BreaksBegin => [(byte)'\n', (byte)'\r', 0xC2, 0xE2];

    private int _counted;
    private int _lines;
    private int _columns;

    /// <summary>The place of the byte at <paramref name="offset"/>; past the end: behind the last character.</summary>
    public TextPosition Of(ReadOnlySpan<byte> utf8, int offset)
    {
        offset = Math.Min(offset, utf8.Length);
        if (offset < _counted)
            this = new PositionCounter(unicodeBreaks);
        int from = _counted;
        while (NextBreak(utf8, from, offset, unicodeBreaks, out int next))
        {
            _lines++;
            from = next;
            _columns = 0;
        }

        _columns += Encoding.UTF8.GetCharCount(utf8[from..offset]);
        _counted = offset;
        return new TextPosition(_lines + 1, _columns + 1);
    }

    /// <summary>The place of the character at <paramref name="offset"/>, which is not past the end. Breaks are those of ASCII.</summary>
    public TextPosition Of(ReadOnlySpan<char> text, int offset)
    {
        if (offset < _counted)
            this = default;
        int from = _counted;
        while (text[from..offset].IndexOfAny('\n', '\r') is int found and >= 0)
        {
            int next = from + found + (text[from + found] == '\r' && text[(from + found + 1)..] is ['\n', ..] ? 2 : 1);
            if (next > offset)
                break;
            _lines++;
            from = next;
            _columns = 0;
        }

        _columns += offset - from;
        _counted = offset;
        return new TextPosition(_lines + 1, _columns + 1);
    }

    /// <summary>The bytes of a line, without its break; false when the text has no such line.</summary>
    public static bool TryGetLine(ReadOnlySpan<byte> utf8, int line, bool unicodeBreaks, out ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        for (int i = 1; i < line; i++)
        {
            if (!NextBreak(utf8, start, utf8.Length, unicodeBreaks, out start))
            {
                bytes = default;
                return false;
            }
        }

        int end = NextBreak(utf8, start, utf8.Length, unicodeBreaks, out int next) ? next : utf8.Length;
        bytes = Trim(utf8[start..end], unicodeBreaks);
        return line > 0;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line, bool unicodeBreaks) => line switch
    {
        [.. var text, (byte)'\r', (byte)'\n'] => text,
        [.. var text, (byte)'\n' or (byte)'\r'] => text,
        [.. var text, 0xC2, 0x85] when unicodeBreaks => text,
        [.. var text, 0xE2, 0x80, 0xA8 or 0xA9] when unicodeBreaks => text,
        _ => line,
    };

    /// <summary>True when a line break lies in front of <paramref name="to"/>; the line after it begins at
    /// <paramref name="next"/>.</summary>
    private static bool NextBreak(ReadOnlySpan<byte> utf8, int from, int to, bool unicodeBreaks, out int next)
    {
        for (int at = from; at < to; at++)
        {
            ReadOnlySpan<byte> rest = utf8[at..to];
            int found = unicodeBreaks ? rest.IndexOfAny(BreaksBegin) : rest.IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0)
                break;
            at += found;
            int length = utf8[at..] switch
            {
                [(byte)'\r', (byte)'\n', ..] => 2,
                [(byte)'\n' or (byte)'\r', ..] => 1,
                [0xC2, 0x85, ..] => 2,
                [0xE2, 0x80, 0xA8 or 0xA9, ..] => 3,
                _ => 0,
            };
            if (length == 0 || at + length > to)
                continue;
            next = at + length;
            return true;
        }

        next = to;
        return false;
    }
}
