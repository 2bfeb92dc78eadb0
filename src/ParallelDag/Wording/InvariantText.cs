using System.Globalization;
using System.Runtime.CompilerServices;

namespace ParallelDag.Wording;

/// <summary>Interpolated text that reads the same under every culture; <see cref="Words.Invariant"/> makes a string of it.</summary>
[InterpolatedStringHandler]
public ref struct InvariantText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Makes room for the literal characters and the holes, as the compiler counts them.</summary>
    public InvariantText(int literalLength, int formattedCount) =>
        _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);

    /// <summary>Appends what stands between the holes.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Appends a text.</summary>
    public void AppendFormatted(string? value) => _text.AppendFormatted(value);

    /// <summary>Appends characters.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value) => _text.AppendFormatted(value);

    /// <summary>Appends a value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Appends a value in a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    /// <summary>Appends a value in a field: right-aligned, or left-aligned where <paramref name="alignment"/> is negative.</summary>
    public void AppendFormatted<T>(T value, int alignment) => _text.AppendFormatted(value, alignment);

    /// <summary>Appends a value in a format and a field.</summary>
    public void AppendFormatted<T>(T value, int alignment, string? format) => _text.AppendFormatted(value, alignment, format);

    internal string Take() => _text.ToStringAndClear();
}
