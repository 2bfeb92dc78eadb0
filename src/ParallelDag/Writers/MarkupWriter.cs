namespace ParallelDag.Writers;

/// <summary>
/// Writes markup piece by piece. Text is escaped; what XML 1.0 forbids (most control characters, lone surrogates, U+FFFE, U+FFFF;
/// section 2.2) is replaced by U+FFFD, and so are the control characters that it only discourages.
/// </summary>
internal readonly struct MarkupWriter(Utf8Sink sink)
{
    /// <summary>Writes markup as it stands.</summary>
    public void Raw(ReadOnlySpan<char> markup) => sink.Text(markup);

    /// <summary>Writes text between tags or in an attribute.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        int plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            string? replacement = Replacement(text[i]);
            if (replacement is null)
                continue;
            sink.Text(text[plain..i]);
            sink.Text(replacement);
            plain = i + 1;
        }

        sink.Text(text[plain..]);
    }

    /// <summary>What stands in markup for a character of text; null for the character itself.</summary>
    public static string? Replacement(char character) => character switch
    {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        '\n' => "&#10;",
        '\t' => "&#9;",
        < ' ' or '\uFFFE' or '\uFFFF' or (>= '\u007F' and <= '\u009F') => "\uFFFD",
        _ => null, // Lone surrogates are replaced where characters become bytes.
    };

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
            sink.Text("-");
        tenths = Math.Abs(tenths);
        sink.Number(tenths / 10);
        if (tenths % 10 == 0)
            return;
        sink.Text(".");
        sink.Number(tenths % 10);
    }
}
