using System.Globalization;

namespace ParallelDag.Units;

/// <summary>Numbers as files carry them: the shortest digits that read back to the same value, without an exponent.</summary>
internal static class PlainNumber
{
    /// <summary><c>450000000000</c>, <c>0.000002</c>.</summary>
    public static string Text(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0)
            return text;
        string sign = text[0] == '-' ? "-" : "", mantissa = text[sign.Length..mark];
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int point = mantissa.IndexOf('.', StringComparison.Ordinal) is int dot and >= 0 ? dot : mantissa.Length;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        point += exponent;
        return sign + (point <= 0 ? $"0.{new string('0', -point)}{digits}"
            : point >= digits.Length ? digits.PadRight(point, '0')
            : $"{digits[..point]}.{digits[point..]}");
    }
}
