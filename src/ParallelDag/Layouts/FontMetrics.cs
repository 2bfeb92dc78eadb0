namespace ParallelDag.Layouts;

/// <summary>
/// How wide text is. Advance widths of the sans-serif that the pictures name first: Liberation Sans (version 1.07, tables <c>hmtx</c> and
/// <c>cmap</c>), which has the metrics of Arial and Helvetica, so that the numbers hold for all three. In units of 1/2048 of the font size.
/// </summary>
/// <remarks>
/// Characters outside the tables count as wide as the widest letter that such fonts have (2,240 units for each UTF-16 unit), so that
/// text of any script fits; it is then shortened sooner than need be.
/// </remarks>
public static class FontMetrics
{
    /// <summary>The font families that pictures ask for, all of one and the same metrics.</summary>
    public const string Families = "'Liberation Sans', Arial, Helvetica, sans-serif";

    private const double UnitsPerEm = 2048;

    private const int Widest = 2240;

    /// <summary>U+0020 to U+007E, regular.</summary>
    private static ReadOnlySpan<short> RegularAscii =>
    [
        569, 569, 727, 1139, 1139, 1821, 1366, 391, 682, 682, 797, 1196, 569, 682, 569, 569, 1139, 1139, 1139, 1139,
        1139, 1139, 1139, 1139, 1139, 1139, 569, 569, 1196, 1196, 1196, 1139, 2079, 1366, 1366, 1479, 1479, 1366, 1251, 1593,
        1479, 569, 1024, 1366, 1139, 1706, 1479, 1593, 1366, 1593, 1479, 1366, 1251, 1479, 1366, 1933, 1366, 1366, 1251, 569,
        569, 569, 961, 1139, 682, 1139, 1139, 1024, 1139, 1139, 569, 1139, 1139, 455, 455, 1024, 455, 1706, 1139, 1139,
        1139, 1139, 682, 1024, 569, 1139, 1024, 1479, 1024, 1024, 1024, 684, 532, 684, 1196,
    ];

    /// <summary>U+00A0 to U+00FF, regular.</summary>
    private static ReadOnlySpan<short> RegularLatin =>
    [
        569, 682, 1139, 1139, 1139, 1139, 532, 1139, 682, 1509, 758, 1139, 1196, 682, 1509, 1131, 819, 1124, 682, 682,
        682, 1180, 1100, 569, 682, 682, 748, 1139, 1708, 1708, 1708, 1251, 1366, 1366, 1366, 1366, 1366, 1366, 2048, 1479,
        1366, 1366, 1366, 1366, 569, 569, 569, 569, 1479, 1479, 1593, 1593, 1593, 1593, 1593, 1196, 1593, 1479, 1479, 1479,
        1479, 1366, 1366, 1251, 1139, 1139, 1139, 1139, 1139, 1139, 1821, 1024, 1139, 1139, 1139, 1139, 569, 569, 569, 569,
        1139, 1139, 1139, 1139, 1139, 1139, 1139, 1124, 1251, 1139, 1139, 1139, 1139, 1024, 1139, 1024,
    ];

    /// <summary>U+0020 to U+007E, bold.</summary>
    private static ReadOnlySpan<short> BoldAscii =>
    [
        569, 682, 971, 1139, 1139, 1821, 1479, 487, 682, 682, 797, 1196, 569, 682, 569, 569, 1139, 1139, 1139, 1139,
        1139, 1139, 1139, 1139, 1139, 1139, 682, 682, 1196, 1196, 1196, 1251, 1997, 1479, 1479, 1479, 1479, 1366, 1251, 1593,
        1479, 569, 1139, 1479, 1251, 1706, 1479, 1593, 1366, 1593, 1479, 1366, 1251, 1479, 1366, 1933, 1366, 1366, 1251, 682,
        569, 682, 1196, 1139, 682, 1139, 1251, 1139, 1251, 1139, 682, 1251, 1251, 569, 569, 1139, 569, 1821, 1251, 1251,
        1251, 1251, 797, 1139, 682, 1251, 1139, 1593, 1139, 1139, 1024, 797, 573, 797, 1196,
    ];

    /// <summary>U+00A0 to U+00FF, bold.</summary>
    private static ReadOnlySpan<short> BoldLatin =>
    [
        569, 682, 1139, 1139, 1139, 1139, 573, 1139, 682, 1509, 758, 1139, 1196, 682, 1509, 1131, 819, 1124, 682, 682,
        682, 1180, 1139, 569, 682, 682, 748, 1139, 1708, 1708, 1708, 1251, 1479, 1479, 1479, 1479, 1479, 1479, 2048, 1479,
        1366, 1366, 1366, 1366, 569, 569, 569, 569, 1479, 1479, 1593, 1593, 1593, 1593, 1593, 1196, 1593, 1479, 1479, 1479,
        1479, 1366, 1366, 1251, 1139, 1139, 1139, 1139, 1139, 1139, 1821, 1139, 1139, 1139, 1139, 1139, 569, 569, 569, 569,
        1251, 1251, 1251, 1251, 1251, 1251, 1251, 1124, 1251, 1251, 1251, 1251, 1251, 1139, 1251, 1139,
    ];

    /// <summary>The width of <paramref name="text"/> at <paramref name="size"/> pixels. O(length).</summary>
    public static double Width(ReadOnlySpan<char> text, double size, bool bold = false)
    {
        long units = 0;
        ReadOnlySpan<short> ascii = bold ? BoldAscii : RegularAscii;
        ReadOnlySpan<short> latin = bold ? BoldLatin : RegularLatin;
        foreach (char c in text)
        {
            units += c switch
            {
                >= ' ' and <= '~' => ascii[c - ' '],
                >= '\u00A0' and <= '\u00FF' => latin[c - '\u00A0'],
                _ => Widest,
            };
        }

        return units * size / UnitsPerEm;
    }
}
