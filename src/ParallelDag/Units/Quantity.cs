using System.Globalization;
using ParallelDag.Wording;

namespace ParallelDag.Units;

/// <summary>
/// Quantities with units as plans write them: <c>80 GiB</c>, <c>450 GB/s</c>, <c>2 us</c>, <c>989 TFLOPS</c>.
/// Strict: a number, optional spaces, a unit of the right kind, in its usual spelling (k, M, G, T are powers of 1000; Ki, Mi, Gi, Ti of
/// 1024).
/// </summary>
public static class Quantity
{
    private static readonly (string Prefix, double Factor)[] DecimalPrefixes =
        [("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15)];

    private static readonly (string Unit, double Factor)[] ByteUnits =
    [
        ("B", 1), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("PB", 1e15),
        ("KiB", 1024d), ("MiB", 1048576d), ("GiB", 1073741824d), ("TiB", 1099511627776d),
    ];

    /// <summary>Reads bytes: <c>80 GiB</c>, <c>141 GB</c>. The result is a whole number of bytes.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        if (!TryScale(text, ByteUnits, out double value) || value > 1e18 || value != Math.Floor(value))
            return false;
        bytes = (long)value;
        return true;
    }

    /// <summary>Reads bytes a second: <c>450 GB/s</c>, <c>3.35 TB/s</c>; bits are spelled <c>400 Gb/s</c>.</summary>
    public static bool TryParseBandwidth(string text, out double bytesPerSecond) =>
        TryScale(text, [.. ByteUnits.Select(unit => ($"{unit.Unit}/s", unit.Factor)),
            .. DecimalPrefixes.Select(prefix => ($"{prefix.Prefix}b/s", prefix.Factor / 8))], out bytesPerSecond);

    /// <summary>Reads floating-point operations a second: <c>989 TFLOPS</c>.</summary>
    public static bool TryParseFlops(string text, out double flopsPerSecond) =>
        TryScale(text, [.. DecimalPrefixes
            .SelectMany(prefix => new[] { ($"{prefix.Prefix}FLOPS", prefix.Factor), ($"{prefix.Prefix}FLOP/s", prefix.Factor) })],
                out flopsPerSecond);

    /// <summary>Reads a duration: <c>2 us</c>, <c>500 ns</c>.</summary>
    public static bool TryParseDuration(string text, out double seconds) =>
        TryScale(text, [("s", 1), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9)], out seconds);

    /// <summary>Reads tokens a second: <c>2000 tokens/s</c>, <c>100 tokens/ms</c>, <c>2000</c>.</summary>
    public static bool TryParseTokenRate(string text, out double tokensPerSecond) =>
        TryScale(text, [("tokens/s", 1), ("tokens/ms", 1e3), ("", 1)], out tokensPerSecond);

    /// <summary>Reads a fraction of one: <c>10 %</c>, <c>10%</c> or <c>0.1</c>.</summary>
    public static bool TryParseFraction(string text, out double fraction) =>
        TryScale(text, [("%", 0.01), ("", 1)], out fraction);

    /// <summary>Prints bytes for people: <c>1.25 GiB</c>, three significant digits, binary units.</summary>
    public static string FormatBytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }

    /// <summary>Prints a duration for people: <c>52 ns</c>, <c>172 us</c>, <c>1.38 ms</c>, <c>19 s</c>.</summary>
    public static string FormatSeconds(double seconds)
    {
        (double value, string unit) = seconds switch
        {
            0 => (0, "s"),
            >= 1 => (seconds, "s"),
            >= 1e-3 => (seconds * 1e3, "ms"),
            >= 1e-6 => (seconds * 1e6, "us"),
            _ => (seconds * 1e9, "ns"),
        };
        return value >= 100 ? Words.Invariant($"{value:0} {unit}") : value >= 10 ? Words.Invariant($"{value:0.#} {unit}")
            : Words.Invariant($"{value:0.##} {unit}");
    }

    /// <summary>Prints a large count for people: <c>6.74 B</c>, <c>812 T</c>; powers of 1000.</summary>
    public static string FormatCount(decimal count)
    {
        string[] units = ["", " K", " M", " B", " T", " P", " E", " Z"];
        decimal value = count;
        int unit = 0;
        while (Math.Abs(value) >= 1000 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        string format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(format, CultureInfo.InvariantCulture) + units[unit];
    }

    /// <summary>Prints floating-point operations for people: <c>2.68 GFLOP</c>, <c>1.37 TFLOP</c>.</summary>
    public static string FormatFlops(decimal flops)
    {
        string text = FormatCount(flops);
        return text.Contains(' ', StringComparison.Ordinal)
            ? $"{text.Replace(" K", " k", StringComparison.Ordinal).Replace(" B", " G", StringComparison.Ordinal)}FLOP" : $"{text} FLOP";
    }

    private static bool TryScale(string text, ReadOnlySpan<(string Unit, double Factor)> units, out double value)
    {
        value = 0;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
            digits++;
        if (!double.TryParse(trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            return false;
        ReadOnlySpan<char> unit = trimmed[digits..].TrimStart();
        foreach ((string name, double factor) in units)
        {
            if (unit.SequenceEqual(name))
            {
                // Division keeps 10 % exactly 0.1 where multiplication would not.
                value = factor < 1 ? number / Math.Round(1 / factor) : number * factor;
                return double.IsFinite(value);
            }
        }

        return false;
    }
}
