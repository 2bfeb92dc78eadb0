using System.Globalization;
using System.Text;

namespace ParallelDag.Writers;

/// <summary>
/// Writes markup as UTF-8 in pieces, so that a picture of any size needs one small buffer. Text is escaped; what XML 1.0 forbids
/// (most control characters, lone surrogates, U+FFFE, U+FFFF; section 2.2) is replaced by U+FFFD.
/// </summary>
internal sealed class MarkupWriter(Stream output) : IDisposable
{
    private readonly char[] _chars = new char[8192];
    private readonly byte[] _bytes = new byte[8192 * 3];
    private int _used;

    /// <summary>Writes markup as it stands.</summary>
    public void Raw(ReadOnlySpan<char> markup)
    {
        while (markup.Length > 0)
        {
            if (_used == _chars.Length)
                Flush();
            int count = Math.Min(markup.Length, _chars.Length - _used);
            markup[..count].CopyTo(_chars.AsSpan(_used));
            _used += count;
            markup = markup[count..];
        }
    }

    /// <summary>Writes text between tags or in an attribute.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '<':
                    Raw("&lt;");
                    break;
                case '>':
                    Raw("&gt;");
                    break;
                case '&':
                    Raw("&amp;");
                    break;
                case '"':
                    Raw("&quot;");
                    break;
                case '\n':
                    Raw("&#10;");
                    break;
                case '\t':
                    Raw("&#9;");
                    break;
                case < ' ' or '\uFFFE' or '\uFFFF' or (>= '\u007F' and <= '\u009F'):
                    Raw("\uFFFD");
                    break;
                default:
                    if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                        Raw(text.Slice(i++, 2));
                    else if (char.IsSurrogate(c))
                        Raw("\uFFFD");
                    else
                        Raw(text.Slice(i, 1));
                    break;
            }
        }
    }

    /// <summary>Writes <c> name="value"</c>.</summary>
    public void Attribute(string name, ReadOnlySpan<char> value)
    {
        Raw(" ");
        Raw(name);
        Raw("=\"");
        Text(value);
        Raw("\"");
    }

    /// <summary>Writes <c> name="value"</c> with at most one decimal.</summary>
    public void Attribute(string name, double value)
    {
        Raw(" ");
        Raw(name);
        Raw("=\"");
        Number(value);
        Raw("\"");
    }

    /// <summary>Writes a coordinate with at most one decimal.</summary>
    public void Number(double value)
    {
        long tenths = (long)Math.Round(value * 10, MidpointRounding.AwayFromZero);
        if (tenths < 0)
            Raw("-");
        tenths = Math.Abs(tenths);
        Integer(tenths / 10);
        if (tenths % 10 == 0)
            return;
        Raw(".");
        Integer(tenths % 10);
    }

    /// <summary>Writes an integer.</summary>
    public void Integer(long value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        Raw(digits[..length]);
    }

    /// <summary>Hands everything to the stream.</summary>
    public void Flush()
    {
        // A surrogate pair is not torn: its first half waits in the buffer.
        int count = _used > 0 && char.IsHighSurrogate(_chars[_used - 1]) ? _used - 1 : _used;
        int length = Encoding.UTF8.GetBytes(_chars, 0, count, _bytes, 0);
        output.Write(_bytes, 0, length);
        _chars.AsSpan(count.._used).CopyTo(_chars);
        _used -= count;
    }

    /// <inheritdoc/>
    public void Dispose() => Flush();
}
