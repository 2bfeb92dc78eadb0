using System.Globalization;

namespace ParallelDag.Checks;

/// <summary>
/// Lists of index ranges as node facts print layers and experts: <c>1-4</c>, <c>0-3,17</c>; both ends inclusive.
/// Unlike a <see cref="GpuSet"/> a list may name an index twice, as two copies of an expert on one GPU do.
/// </summary>
internal static class IndexRanges
{
    /// <summary>The ranges in the order of the text; empty when there is no text or it does not follow the notation.</summary>
    public static IReadOnlyList<(int First, int Last)> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return [];
        var ranges = new List<(int, int)>();
        foreach (Range part in Parts(text))
        {
            ReadOnlySpan<char> item = text.AsSpan(part).Trim();
            int dash = item.IndexOf('-');
            ReadOnlySpan<char> low = dash < 0 ? item : item[..dash].Trim(), high = dash < 0 ? item : item[(dash + 1)..].Trim();
            if (!int.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out int last) || last < first
                || last == int.MaxValue)
            {
                return [];
            }

            ranges.Add((first, last));
        }

        return ranges;
    }

    private static IEnumerable<Range> Parts(string text)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != ',')
                continue;
            yield return start..i;
            start = i + 1;
        }
    }
}
