using System.Globalization;
using System.Text;

namespace ParallelDag.Files;

/// <summary>
/// The text of an input, decoded strictly, without control characters, and able to quote any of its lines as YAML 1.1 divides them.
/// Whatever is wrong ends in an <see cref="InputException"/>.
/// </summary>
public sealed class SourceText
{
    private const char Replacement = '\uFFFD';

    private readonly List<int> _lineStarts = [0];
    private readonly TextPosition _end;

    private SourceText(string text, string? file)
    {
        Text = text;
        File = file;
        for (int i = 0; i < text.Length; i++)
        {
            if (IsBreak(text[i]) && (text[i] != '\r' || i + 1 == text.Length || text[i + 1] != '\n'))
                _lineStarts.Add(i + 1);
        }

        int line = _lineStarts.Count;
        while (line > 1 && text.AsSpan(_lineStarts[line - 1]).IsWhiteSpace())
            line--;
        _end = new TextPosition(line, Range(line).TrimEnd().Length + 1);
    }

    /// <summary>The text, without a byte order mark.</summary>
    public string Text { get; }

    /// <summary>The file as the user named it, for messages; null when there is none.</summary>
    public string? File { get; }

    /// <summary>Decodes an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="limit">The most bytes that such a text needs.</param>
    /// <exception cref="InputException">It is longer than <paramref name="limit"/>, not UTF-8, or holds control characters.</exception>
    public static SourceText Of(InputFile input, int limit)
    {
        input.RequireAtMost(limit);
        ReadOnlySpan<byte> utf8 = input.Utf8;
        int fault = InputEncoding.FirstFault(utf8);
        var text = new SourceText(Encoding.UTF8.GetString(utf8), input.Name);
        if (fault >= 0)
            throw text.Quote(Fault(input.Name, utf8, fault, "this is not valid UTF-8 here; save the file as UTF-8"));
        return text.WithoutControls(utf8);
    }

    /// <summary>Takes a text that is already decoded.</summary>
    /// <exception cref="InputException">It is longer than <paramref name="limit"/> or holds control characters.</exception>
    public static SourceText Of(string text, string? file, int limit)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text.StartsWith('\uFEFF') ? text[1..] : text);
        InputFile.Of(utf8, file ?? "the text").RequireAtMost(limit);
        return new SourceText(text.StartsWith('\uFEFF') ? text[1..] : text, file).WithoutControls(utf8);
    }

    /// <summary>The line at <paramref name="position"/> without its line break, control characters shown as U+FFFD; null outside the
    /// text.</summary>
    public string? LineAt(TextPosition position) =>
        position.Line >= 1 && position.Line <= _lineStarts.Count ? Shown(Range(position.Line).ToString()) : null;

    /// <summary>The nearest place inside the text, so that a fault found past the end points behind the last character there is.
    /// O(1).</summary>
    public TextPosition Clamp(TextPosition position)
    {
        if (position.Line < 1)
            return new TextPosition(1, 1);
        return position.Line > _end.Line ? _end
            : position with { Column = Math.Clamp(position.Column, 1, Range(position.Line).Length + 1) };
    }

    /// <summary>The same problems, each with the line of this text that it points at.</summary>
    public InputException Quote(InputException fault) =>
        new([.. fault.Problems.Select(problem =>
            problem.LineText is null && problem.File == File ? problem with { LineText = LineAt(problem.Position) } : problem)]);

    /// <summary>A line as it can be shown: what a terminal would obey becomes U+FFFD, tabs stay.</summary>
    internal static string Shown(string line) =>
        line.Any(IsHidden) ? string.Concat(line.Select(c => IsHidden(c) ? Replacement : c)) : line;

    private static bool IsHidden(char c) => char.IsControl(c) && c != '\t';

    /// <summary>A line without its break.</summary>
    private ReadOnlySpan<char> Range(int line)
    {
        int start = _lineStarts[line - 1];
        int end = line < _lineStarts.Count ? _lineStarts[line] : Text.Length;
        return Text.AsSpan(start..end).TrimEnd("\r\n\u0085\u2028\u2029");
    }

    private SourceText WithoutControls(ReadOnlySpan<byte> utf8)
    {
        for (int i = 0; i < Text.Length; i++)
        {
            if (!char.IsControl(Text[i]) || Text[i] is '\t' or '\n' or '\r' or '\u0085')
                continue;
            string code = ((int)Text[i]).ToString("X4", CultureInfo.InvariantCulture);
            int offset = Encoding.UTF8.GetByteCount(Text.AsSpan(0, i));
            throw Quote(Fault(File, utf8, offset, $"the file holds the control character U+{code}; it must be a text file"));
        }

        return this;
    }

    private static InputException Fault(string? file, ReadOnlySpan<byte> utf8, int offset, string message) =>
        new(file, new PositionCounter(unicodeBreaks: true).Of(utf8, offset), message);

    private static bool IsBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';
}
