using System.Text;
using System.Text.RegularExpressions;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>The characters of a DOT file: UTF-8, or Latin-1 where its <c>charset</c> says so.</summary>
internal static class DotEncoding
{
    private static readonly Regex Latin1 = new(
        """charset"?\s*=\s*"?(latin-?1|l1|iso[-_]?8859[-_]?1|iso-ir-100)\b""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The text of an input.</summary>
    /// <exception cref="InputException">It is binary, or not in the encoding that it states.</exception>
    public static DotSource Decode(InputFile input)
    {
        ReadOnlySpan<byte> bytes = input.Utf8;
        RefuseBinary(input);
        if (bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0 && Latin1.IsMatch(Encoding.Latin1.GetString(bytes)))
            return new DotSource(Encoding.Latin1.GetString(bytes), IsLatin1: true);
        int fault = InputEncoding.FirstFault(bytes);
        if (fault < 0)
            return new DotSource(Encoding.UTF8.GetString(bytes), IsLatin1: false);
        throw new InputException(input.Name, new PositionCounter().Of(bytes, fault), Words.Invariant(
            $"the byte 0x{bytes[fault]:X2} is not UTF-8; save the file as UTF-8, or state charset=\"latin1\" if it is Latin-1"));
    }

    /// <summary>Refuses what is no text of any encoding that we read.</summary>
    public static void RefuseBinary(InputFile input)
    {
        int zero = input.Utf8.IndexOf((byte)0);
        if (zero >= 0)
            throw new InputException(input.Name, new PositionCounter().Of(input.Utf8, zero),
                "the file holds binary data (a zero byte), not text");
    }
}
