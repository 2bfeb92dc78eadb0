using System.Globalization;
using System.Text;
using ParallelDag.Graphs;

namespace ParallelDag.Documents;

/// <summary>
/// The text of a file that a user named: decoded strictly, bounded in size, and able to quote any of its lines.
/// UTF-8 with or without a byte order mark; UTF-16 and UTF-32 with one. Whatever is wrong ends in an <see cref="InputException"/>.
/// </summary>
public sealed class TextInput
{
    private const char Replacement = '\uFFFD';

    private readonly List<int> _lineStarts = [0];
    private readonly TextPosition _end;

    private TextInput(string text, string? file)
    {
        Text = text;
        File = file;
        for (int i = 0; i < text.Length; i++)
        {
            if (IsBreak(text[i]) && (text[i] != '\r' || i + 1 == text.Length || text[i + 1] != '\n'))
                _lineStarts.Add(i + 1);
        }

        _end = PositionOf(text.AsSpan().TrimEnd().Length);
    }

    /// <summary>The text, without a byte order mark.</summary>
    public string Text { get; }

    /// <summary>The file as the user named it, for messages; null when there is none.</summary>
    public string? File { get; }

    /// <summary>Takes a text that is already decoded.</summary>
    /// <exception cref="InputException">It is longer than <paramref name="maxBytes"/> or holds control characters.</exception>
    public static TextInput FromText(string text, string? file, int maxBytes)
    {
        if (text.Length > maxBytes)
            throw TooLong(file, maxBytes);
        var input = new TextInput(text.Length > 0 && text[0] == '\uFEFF' ? text[1..] : text, file);
        input.RefuseControlCharacters();
        return input;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="file">The file as the user named it, for messages; null: <paramref name="path"/>.</param>
    /// <param name="maxBytes">The longest file that is read.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">It cannot be read, is too long or is no text.</exception>
    public static TextInput Read(string path, string? file, int maxBytes, CancellationToken cancellation = default)
    {
        file ??= path;
        try
        {
            if (Directory.Exists(path))
                throw new InputException(file, default, "this is a folder; name a file in it");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Read(stream, file, maxBytes, cancellation);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(file, default, "there is no such file; check the path");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InputException(file, default, "the file may not be read; check its permissions");
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw new InputException(file, default, "this is not the name of a file");
        }
        catch (IOException fault)
        {
            throw new InputException(file, default, $"the file cannot be read: {fault.Message}");
        }
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="file">A name for messages, or null.</param>
    /// <param name="maxBytes">The longest text that is read.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">It is too long or no text.</exception>
    public static TextInput Read(Stream stream, string? file, int maxBytes, CancellationToken cancellation = default)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[65536];
        while (stream.Read(buffer, 0, buffer.Length) is var count && count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            if (bytes.Length + count > maxBytes)
                throw TooLong(file, maxBytes);
            bytes.Write(buffer, 0, count);
        }

        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), file);
    }

    /// <summary>The line at <paramref name="position"/> without its line break, control characters shown as U+FFFD; null outside the text.</summary>
    public string? LineAt(TextPosition position)
    {
        if (position.Line < 1 || position.Line > _lineStarts.Count)
            return null;
        int start = _lineStarts[position.Line - 1];
        int end = position.Line < _lineStarts.Count ? _lineStarts[position.Line] : Text.Length;
        string line = Text[start..end].TrimEnd('\r', '\n', '\u0085', '\u2028', '\u2029');
        return line.Any(c => char.IsControl(c) && c != '\t') ? string.Concat(line.Select(c => char.IsControl(c) && c != '\t' ? Replacement : c)) : line;
    }

    /// <summary>The place of the character at <paramref name="offset"/>.</summary>
    public TextPosition PositionOf(int offset)
    {
        int line = _lineStarts.BinarySearch(offset);
        if (line < 0)
            line = ~line - 1;
        return new TextPosition(line + 1, offset - _lineStarts[line] + 1);
    }

    /// <summary>The nearest place inside the text, so that a fault found past the end points behind the last character there is. O(1).</summary>
    public TextPosition Clamp(TextPosition position)
    {
        if (position.Line < 1)
            return new TextPosition(1, 1);
        if (position.Line > _end.Line)
            return _end;
        int start = _lineStarts[position.Line - 1];
        int end = position.Line < _lineStarts.Count ? _lineStarts[position.Line] : Text.Length;
        while (end > start && IsBreak(Text[end - 1]))
            end--;
        return position with { Column = Math.Clamp(position.Column, 1, end - start + 1) };
    }

    /// <summary>The same problems, each with the line of this text that it points at.</summary>
    public InputException Quote(InputException fault) =>
        new([.. fault.Problems.Select(problem => problem.File == File && problem.LineText is null ? problem with { LineText = LineAt(problem.Position) } : problem)]);

    private static TextInput Decode(ReadOnlySpan<byte> bytes, string? file)
    {
        (Encoding encoding, string name, int mark) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, "UTF-8", 3),
            [0xFF, 0xFE, 0x00, 0x00, ..] => (Encoding.UTF32, "UTF-32", 4),
            [0x00, 0x00, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: true), "UTF-32", 4),
            [0xFF, 0xFE, ..] => (Encoding.Unicode, "UTF-16", 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, "UTF-16", 2),
            _ => (Encoding.UTF8, "UTF-8", 0),
        };
        bytes = bytes[mark..];
        var input = new TextInput(encoding.GetString(bytes), file);

        // A faulty byte decodes to the replacement character; one that the user wrote encodes back to the same bytes.
        if (input.Text.Contains(Replacement, StringComparison.Ordinal) && !encoding.GetBytes(input.Text).AsSpan().SequenceEqual(bytes))
        {
            TextPosition place = input.PositionOf(input.Text.IndexOf(Replacement, StringComparison.Ordinal));
            throw input.Quote(new InputException(file, place, $"the file is not valid {name} here; save it as UTF-8"));
        }

        input.RefuseControlCharacters();
        return input;
    }

    private void RefuseControlCharacters()
    {
        for (int i = 0; i < Text.Length; i++)
        {
            if (char.IsControl(Text[i]) && Text[i] is not ('\t' or '\n' or '\r' or '\u0085'))
            {
                string code = ((int)Text[i]).ToString("X4", CultureInfo.InvariantCulture);
                throw Quote(new InputException(File, PositionOf(i), $"the file holds the control character U+{code}; it must be a text file"));
            }
        }
    }

    private static bool IsBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    private static InputException TooLong(string? file, int maxBytes) =>
        new(file, default, string.Create(CultureInfo.InvariantCulture, $"the file is longer than {maxBytes / 1024:N0} KiB, which no file of this kind needs; check that it is the right one"));
}
