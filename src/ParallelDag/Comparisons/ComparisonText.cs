using System.Text;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>A comparison for people: plain text of at most 80 columns (names of nodes aside).</summary>
public static class ComparisonText
{
    private const int Columns = 80, MostRows = 24;

    /// <summary>The text.</summary>
    public static string Write(DagComparison comparison)
    {
        var text = new StringBuilder();
        string names = comparison.ReferenceName == comparison.DifferenceName ? comparison.ReferenceName
            : $"{comparison.ReferenceName} -> {comparison.DifferenceName}";
        text.Wrap($"{OneLine.Of(names)}: {comparison.Summary}", 0);
        if (!comparison.AreEqual)
            text.Wrap($"Take it? {comparison.Advice}", 0);
        foreach (DifferenceAspect aspect in AspectTitles.ReadingOrder)
        {
            DagDifference[] rows = [.. comparison.Rows.Where(row => row.Aspect == aspect)];
            if (rows.Length == 0)
                continue;
            text.Append('\n').Append(AspectTitles.Of(aspect)).Append('\n');
            int subject = Math.Min(34, rows.Take(MostRows).Max(row => Subject(row).Length));
            foreach (DagDifference row in rows.Take(MostRows))
                Row(text, row, subject);
            if (rows.Length > MostRows)
                text.Append("  ").Append(Words.Invariant($"and {Words.Number(rows.Length - MostRows)} more (--json lists them)")).Append(
                    '\n');
        }

        return text.ToString();
    }

    private static string Subject(DagDifference row) => OneLine.Of(row.Place);

    private static void Row(StringBuilder text, DagDifference row, int width)
    {
        string subject = Subject(row), effect = Effect(row);
        string sides = row.Side == DifferenceSide.Equal ? row.Reference!
            : row.Aspect == DifferenceAspect.Setting ? $"{row.Reference ?? "(default)"} -> {row.Difference ?? "(default)"}"
            : row.Side switch
            {
                DifferenceSide.Added => $"new: {row.Difference}",
                DifferenceSide.Removed => $"gone: {row.Reference}",
                _ => $"{row.Reference} -> {row.Difference}",
            };
        string line = $"  {subject.PadRight(width)}  {OneLine.Of(sides)}{(effect.Length > 0 ? $"  {effect}" : "")}";
        if (line.Length <= Columns)
        {
            text.Append(line).Append('\n');
            return;
        }

        string side = row.Side == DifferenceSide.Added ? "  new" : row.Side == DifferenceSide.Removed ? "  gone" : "";
        text.Append("  ").Append(subject).Append(side).Append(effect.Length > 0 ? $"  {effect}" : "").Append('\n');
        if (row.Side is DifferenceSide.Removed or DifferenceSide.Changed or DifferenceSide.Equal)
            text.Wrap($"{(row.Side == DifferenceSide.Equal ? "=" : "-")} {OneLine.Of(row.Reference!)}", 4);
        if (row.Side is DifferenceSide.Added or DifferenceSide.Changed)
            text.Wrap($"+ {OneLine.Of(row.Difference!)}", 4);
    }

    private static string Effect(DagDifference row)
    {
        string change = row.ChangeText, effect = row.Effect switch
        {
            DifferenceEffect.Better => "better",
            DifferenceEffect.Worse => "WORSE",
            _ => "",
        };
        return change.Length > 0 && effect.Length > 0 ? $"{change}, {effect}" : change + effect;
    }
}
