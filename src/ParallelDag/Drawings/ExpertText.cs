using System.Collections.Frozen;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>
/// Reads which experts a label names: <c>Experts 0-3</c>, <c>Expert 5</c>, <c>Experts 0,1</c>; not how many there are (<c>8 experts</c>,
/// <c>Experts: 8</c>, <c>Experts (4/16)</c>).
/// </summary>
internal static class ExpertText
{
    private static readonly FrozenSet<string> Keys = FrozenSet.ToFrozenSet(["expert", "experts"]);

    /// <summary>The experts as ranges; null when the label names none or cannot be read to the end.</summary>
    public static string? Read(string label)
    {
        if (label.Contains("shared", StringComparison.OrdinalIgnoreCase))
            return null;
        int end = 0;
        while (label.IndexOf("expert", end, StringComparison.OrdinalIgnoreCase) is int at and >= 0)
        {
            end = at + "expert".Length;
            if (at > 0 && char.IsAsciiLetterOrDigit(label[at - 1]))
                continue;
            bool plural = end < label.Length && label[end] is 's' or 'S';
            if (plural)
                end++;
            var list = new NumberList(label, end, Keys, moves: false);
            list.SkipMark();
            int first = list.At;
            bool marked = label.AsSpan(end, first - end).IndexOfAny(":=") >= 0 || (first < label.Length && label[first] is '(');
            ListEnd read = list.Read();
            end = Math.Max(end, list.At);
            if (read != ListEnd.Whole)
                continue;
            bool single = list.Ranges is [(int low, int high)] && low == high;
            if (plural && (marked && single || list.HasSlash))
                continue;
            return GpuSet.UnionAll(list.Ranges.Select(range => GpuSet.Range(range.First, range.Last))).ToString();
        }

        return null;
    }
}
