namespace ParallelDag.Layouts;

/// <summary>
/// How wide text is at most, in whichever font shows it. Per character the widest advance among the families that pictures name
/// (<c>Theme.FontFamilies</c>): Liberation Sans 1.07, which has the metrics of Arial and Helvetica, and DejaVu Sans 2.37 (tables
/// <c>hmtx</c> and <c>cmap</c>), the sans-serif of machines that have none of those three. In units of 1/2048 of the font size.
/// </summary>
/// <remarks>
/// Characters outside the tables count as wide as the widest letter that such fonts have (2,240 units for each UTF-16 unit), so that
/// text of any script fits; it is then shortened sooner than need be. Kerning only narrows.
/// </remarks>
public static class FontMetrics
{
    private const double UnitsPerEm = 2048;

    private const int Widest = 2240;

    /// <summary>U+0020 to U+007E, regular.</summary>
    private static ReadOnlySpan<short> RegularAscii =>
    [
        651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303,
        1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1139, 2079, 1401, 1405, 1479, 1577, 1366, 1251, 1593,
        1540, 604, 1024, 1366, 1141, 1767, 1532, 1612, 1366, 1612, 1479, 1366, 1251, 1499, 1401, 2025, 1403, 1366, 1403, 799,
        690, 799, 1716, 1139, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253,
        1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
    ];

    /// <summary>U+00A0 to U+00FF, regular.</summary>
    private static ReadOnlySpan<short> RegularLatin =>
    [
        651, 821, 1303, 1303, 1303, 1303, 690, 1139, 1024, 2048, 965, 1253, 1716, 739, 2048, 1131, 1024, 1716, 821, 821,
        1024, 1303, 1303, 651, 1024, 821, 965, 1253, 1985, 1985, 1985, 1251, 1401, 1401, 1401, 1401, 1401, 1401, 2048, 1479,
        1366, 1366, 1366, 1366, 604, 604, 604, 604, 1587, 1532, 1612, 1612, 1612, 1612, 1612, 1716, 1612, 1499, 1499, 1499,
        1499, 1366, 1366, 1290, 1255, 1255, 1255, 1255, 1255, 1255, 2011, 1126, 1260, 1260, 1260, 1260, 569, 569, 569, 569,
        1253, 1298, 1253, 1253, 1253, 1253, 1253, 1716, 1253, 1298, 1298, 1298, 1298, 1212, 1300, 1212,
    ];

    /// <summary>U+0020 to U+007E, bold.</summary>
    private static ReadOnlySpan<short> BoldAscii =>
    [
        713, 934, 1067, 1716, 1425, 2052, 1786, 627, 936, 936, 1071, 1716, 778, 850, 778, 748, 1425, 1425, 1425, 1425,
        1425, 1425, 1425, 1425, 1425, 1425, 819, 819, 1716, 1716, 1716, 1251, 2048, 1585, 1561, 1503, 1700, 1399, 1399, 1681,
        1714, 762, 1139, 1587, 1305, 2038, 1714, 1741, 1501, 1741, 1577, 1475, 1397, 1663, 1585, 2259, 1579, 1483, 1485, 936,
        748, 936, 1716, 1139, 1024, 1382, 1466, 1214, 1466, 1389, 891, 1466, 1458, 702, 702, 1362, 702, 2134, 1458, 1407,
        1466, 1466, 1010, 1219, 979, 1458, 1335, 1892, 1321, 1335, 1192, 1458, 748, 1458, 1716,
    ];

    /// <summary>U+00A0 to U+00FF, bold.</summary>
    private static ReadOnlySpan<short> BoldLatin =>
    [
        713, 934, 1425, 1425, 1303, 1425, 748, 1139, 1024, 2048, 1155, 1323, 1716, 850, 2048, 1131, 1024, 1716, 897, 897,
        1024, 1507, 1303, 778, 1024, 897, 1155, 1323, 2120, 2120, 2120, 1251, 1585, 1585, 1585, 1585, 1585, 1585, 2222, 1503,
        1399, 1399, 1399, 1399, 762, 762, 762, 762, 1716, 1714, 1741, 1741, 1741, 1741, 1741, 1716, 1741, 1663, 1663, 1663,
        1663, 1483, 1511, 1473, 1382, 1382, 1382, 1382, 1382, 1382, 2146, 1214, 1389, 1389, 1389, 1389, 702, 702, 702, 702,
        1407, 1458, 1407, 1407, 1407, 1407, 1407, 1716, 1407, 1458, 1458, 1458, 1458, 1335, 1466, 1335,
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
