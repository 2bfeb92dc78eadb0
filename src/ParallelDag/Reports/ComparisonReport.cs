using System.Text;
using ParallelDag.Comparisons;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// A comparison as Markdown for a pull request: first whether to take the change and why, then what was changed, then what comes of it;
/// long
/// lists are folded away.
/// </summary>
public static class ComparisonReport
{
    private const int OpenRows = 12;

    /// <summary>The report.</summary>
    public static string Write(DagComparison comparison)
    {
        var text = new StringBuilder();
        string names = comparison.ReferenceName == comparison.DifferenceName ? Markdown.Text(comparison.ReferenceName)
            : $"{Markdown.Text(comparison.ReferenceName)} to {Markdown.Text(comparison.DifferenceName)}";
        Line(text, $"## {names}");
        Line(text, "");
        Line(text, $"**{Markdown.Text(comparison.Summary)}**");
        if (!comparison.AreEqual)
        {
            Line(text, "");
            Advice(text, ComparisonAdvice.Of(comparison));
        }

        foreach (DifferenceAspect aspect in AspectTitles.ReadingOrder)
            Section(text, aspect, [.. comparison.Rows.Where(row => row.Aspect == aspect)]);
        if (comparison.Difference.Timing?.Accuracy is string accuracy && !comparison.AreEqual)
        {
            Line(text, "");
            Line(text, $"<sub>Times are modelled: {Markdown.Text(accuracy)}.</sub>");
        }

        return text.ToString();
    }

    private static void Advice(StringBuilder text, ComparisonAdvice advice)
    {
        string verdict = advice.Breaks.Count > 0 ? "No, not as it is" : advice.For.Count > 0 && advice.Against.Count > 0 ? "A trade"
            : advice.For.Count > 0 ? "Yes, nothing that is measured gets worse"
            : advice.Against.Count > 0 ? "Hardly, nothing that is measured gets better" : "It makes no measured difference";
        Line(text, $"**Merge?** {verdict}.");
        Line(text, "");
        foreach (string item in advice.Breaks)
            Line(text, $"- ❌ {Markdown.Text(OneLine.Of(item, 400))}");
        foreach (string item in advice.For)
            Line(text, $"- 👍 {Markdown.Text(item)}");
        foreach (string item in advice.Against)
            Line(text, $"- 👎 {Markdown.Text(item)}");
    }

    private static void Section(StringBuilder text, DifferenceAspect aspect, DagDifference[] rows)
    {
        if (rows.Length == 0)
            return;
        bool change = rows.Any(row => row.ChangeText.Length > 0), fold = rows.Length > OpenRows;
        Line(text, "");
        Line(text, $"### {AspectTitles.Of(aspect)}");
        Line(text, "");
        if (fold)
        {
            Line(text, $"<details><summary>{Words.Count(rows.Length, "difference")}</summary>");
            Line(text, "");
        }

        Line(text, change ? "| | before | after | change |" : "| | before | after |");
        Line(text, change ? "|---|---|---|---:|" : "|---|---|---|");
        string none = aspect == DifferenceAspect.Setting ? "*default*" : "–";
        foreach (DagDifference row in rows)
        {
            string subject = aspect == DifferenceAspect.Setting ? Markdown.Code(row.Subject) : Markdown.Text(row.Place);
            string line = $"| {subject} | {Cell(row.Reference, none)} | {Cell(row.Difference, none)} |";
            Line(text, change ? $"{line} {Mark(row)}{row.ChangeText} |" : line);
        }

        if (fold)
        {
            Line(text, "");
            Line(text, "</details>");
        }
    }

    private static string Cell(string? side, string none) => side is null ? none : Markdown.Text(side);

    private static string Mark(DagDifference row) => row.Effect switch
    {
        DifferenceEffect.Better => "👍 ",
        DifferenceEffect.Worse => "👎 ",
        _ => "",
    };

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
