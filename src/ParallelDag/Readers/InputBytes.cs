using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>Bytes of an input file within bounds, and the text in them. Whatever goes wrong is said in one line.</summary>
internal static class InputBytes
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Regex Latin1 = new(
        """charset"?\s*=\s*"?(latin-?1|l1|iso[-_]?8859[-_]?1|iso-ir-100)\b""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>All bytes of a file that holds at most <paramref name="limit"/> of them.</summary>
    public static byte[] ReadAll(string path, string name, int limit, CancellationToken cancellation) => Guarded(path, name, stream =>
    {
        InputException TooLarge() => new(name, default, string.Create(CultureInfo.InvariantCulture,
            $"the file is larger than {limit >> 20} MiB, the most that is read; write it at a coarser level of detail, or for one phase"));
        if (stream.CanSeek && stream.Length > limit)
            throw TooLarge();
        using var bytes = new MemoryStream(stream.CanSeek ? (int)stream.Length : 0);
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (bytes.Length + read > limit)
                throw TooLarge();
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    });

    /// <summary>The first bytes of a file, at most <paramref name="count"/>.</summary>
    public static byte[] ReadHead(string path, string name, int count) => Guarded(path, name, stream =>
    {
        byte[] head = new byte[count];
        return head[..stream.ReadAtLeast(head, count, throwOnEndOfStream: false)];
    });

    /// <summary>The bytes after a UTF-8 byte order mark, if there is one.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;

    /// <summary>The text of a DOT file: UTF-8, or Latin-1 where its <c>charset</c> says so.</summary>
    public static string DecodeDot(ReadOnlySpan<byte> bytes, string name)
    {
        CheckEncoding(bytes, name);
        bytes = WithoutMark(bytes);
        if (bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0 && Latin1.IsMatch(Encoding.Latin1.GetString(bytes)))
            return Encoding.Latin1.GetString(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException fault)
        {
            throw new InputException(name, PositionOf(bytes, BadByte(bytes)), string.Create(CultureInfo.InvariantCulture,
                $"the byte 0x{fault.BytesUnknown?[0]:X2} is not UTF-8; save the file as UTF-8, or state charset=\"latin1\" if it is Latin-1"));
        }
    }

    /// <summary>Refuses UTF-16, UTF-32 and binary data by what they begin with.</summary>
    public static void CheckEncoding(ReadOnlySpan<byte> bytes, string? name)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, not 0, ..] or [not 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..])
            throw new InputException(name, default, "the file is UTF-16 or UTF-32; save it as UTF-8");
        int zero = bytes.IndexOf((byte)0);
        if (zero >= 0)
            throw new InputException(name, PositionOf(bytes, zero), "the file holds binary data (a zero byte), not text");
    }

    /// <summary>Line and column of a byte, in characters.</summary>
    public static TextPosition PositionOf(ReadOnlySpan<byte> bytes, int index)
    {
        ReadOnlySpan<byte> before = bytes[..Math.Min(index, bytes.Length)];
        int line = before.Count((byte)'\n') + 1;
        ReadOnlySpan<byte> lineBefore = before[(before.LastIndexOf((byte)'\n') + 1)..];
        int column = 1;
        foreach (byte b in lineBefore)
            column += (b & 0xC0) == 0x80 ? 0 : 1;
        return new TextPosition(line, column);
    }

    private static int BadByte(ReadOnlySpan<byte> bytes)
    {
        int index = 0;
        while (index < bytes.Length && Rune.DecodeFromUtf8(bytes[index..], out _, out int length) == System.Buffers.OperationStatus.Done)
            index += length;
        return index;
    }

    private static byte[] Guarded(string path, string name, Func<FileStream, byte[]> read)
    {
        if (Directory.Exists(path))
            throw new InputException(name, default, "this is a folder; name a file in it");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            return read(stream);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(name, default, "there is no such file; check the path");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InputException(name, default, "the file may not be read; check its permissions");
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            throw new InputException(name, default, $"the file cannot be read: {fault.Message.ReplaceLineEndings(" ")}");
        }
    }
}
