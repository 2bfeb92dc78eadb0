using System.Text;
using ParallelDag.Checks;
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
            Advice(text, ComparisonAdvice.Of(comparison), comparison);
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

    private static void Advice(StringBuilder text, ComparisonAdvice advice, DagComparison comparison)
    {
        Line(text, $"**Merge?** {advice.Verdict}.");
        Line(text, "");
        foreach (string item in advice.Breaks)
            Line(text, $"- ❌ {Markdown.Text(OneLine.Of(item, 400))}");
        foreach (string item in advice.For)
            Line(text, $"- 👍 {Markdown.Text(item)}");
        foreach (string item in advice.Against)
            Line(text, $"- 👎 {Markdown.Text(item)}");
        if (advice.Inside.Count > 0)
            Line(text, $"- {Markdown.Text(advice.Outweighed)}");
        foreach (string item in Kept(comparison))
            Line(text, $"- {item}");
    }

    /// <summary>What people ask for first and a difference does not tell: that it still fits, and that rules still hold.</summary>
    private static IEnumerable<string> Kept(DagComparison comparison)
    {
        bool fits = comparison.Difference.Memory is { Count: > 0 } memory && memory.All(own => own.Fits);
        if (fits && !comparison.Of(DifferenceAspect.Fits).Any())
            yield return "It fits every GPU, as before.";
        if (!comparison.Of(DifferenceAspect.Rule).Any())
        {
            CheckReport report = comparison.Difference.Report;
            yield return report.Holds ? $"Checks: {report}, as before." : $"Checks: {report}, which is so before the change too.";
        }
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
