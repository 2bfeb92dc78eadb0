using System.Text;

namespace ParallelDag.Files;

/// <summary>The encodings of files on their way in. A byte order mark decides; without one a file is UTF-8.</summary>
internal static class InputEncoding
{
    // The first row whose mark begins the file counts: UTF-32's is tried before UTF-16's, which begins it.
    private static readonly (byte[] Mark, string Name, Encoding Encoding)[] Marked =
    [
        ([0xFF, 0xFE, 0, 0], "UTF-32", new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: false)),
        ([0, 0, 0xFE, 0xFF], "UTF-32", new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: false)),
        ([0xFF, 0xFE], "UTF-16", new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: false)),
        ([0xFE, 0xFF], "UTF-16", new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: false)),
    ];

    /// <summary>The content as UTF-8 without a mark; UTF-8 itself is not looked at.</summary>
    /// <exception cref="InputException">UTF-16 or UTF-32 with a fault in it, or without a mark.</exception>
    public static (byte[] Bytes, int Length) ToUtf8(byte[] bytes, int length, string name)
    {
        ReadOnlySpan<byte> content = bytes.AsSpan(0, length);
        foreach ((byte[] mark, string encodingName, Encoding encoding) in Marked)
        {
            if (!content.StartsWith(mark))
                continue;
            byte[] utf8 = Transcode(content[mark.Length..], encoding, encodingName, name);
            return (utf8, utf8.Length);
        }

        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            byte[] utf8 = content[Encoding.UTF8.Preamble.Length..].ToArray();
            return (utf8, utf8.Length);
        }

        if (content is [0, not 0, ..] or [not 0, 0, ..] or [0, 0, 0, not 0, ..])
            throw new InputException(name, default, "this is UTF-16 or UTF-32 without a byte order mark, or no text; save it as UTF-8");
        return (bytes, length);
    }

    /// <summary>The offset of the first byte that is no UTF-8; -1 when there is none.</summary>
    public static int FirstFault(ReadOnlySpan<byte> utf8)
    {
        if (System.Text.Unicode.Utf8.IsValid(utf8))
            return -1;
        int index = 0;
        while (Rune.DecodeFromUtf8(utf8[index..], out _, out int length) == System.Buffers.OperationStatus.Done)
            index += length;
        return index;
    }

    private static byte[] Transcode(ReadOnlySpan<byte> content, Encoding encoding, string encodingName, string name)
    {
        string text = encoding.GetString(content);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);

        // A fault decodes to the replacement character; one that the user wrote encodes back to the same bytes.
        int fault = text.IndexOf('\uFFFD', StringComparison.Ordinal);
        if (fault < 0 || encoding.GetBytes(text).AsSpan().SequenceEqual(content))
            return utf8;
        TextPosition place = new PositionCounter().Of(utf8, Encoding.UTF8.GetByteCount(text.AsSpan(0, fault)));
        throw new InputException(name, place, $"this is not valid {encodingName} here; save it as UTF-8");
    }
}
