using System.Globalization;
using System.Text;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>A Markdown page under way: headings with the mark of their rules, tables, lists, evidence.</summary>
internal sealed class Page(CheckReport checks)
{
    /// <summary>Tables of more rows are folded away.</summary>
    private const int OpenRows = 16;

    private readonly StringBuilder _text = new();

    /// <summary>✓ passes, ✗ fails, – was not checked.</summary>
    public static string Mark(CheckStatus status) => status switch
    {
        CheckStatus.Pass => "✓",
        CheckStatus.Fail => "✗",
        _ => "–",
    };

    /// <summary>A paragraph or a heading.</summary>
    public void Line(string line) => _text.Append(_text.Length == 0 ? "" : "\n").Append(line).Append('\n');

    /// <summary>A heading that carries the mark of its rules: a cross when one fails, a tick when one holds and none fails.</summary>
    public void Section(string title, params string[] rules)
    {
        var found = rules.Select(checks.Find).OfType<CheckResult>().ToList();
        CheckStatus status = found.Exists(result => result.Status == CheckStatus.Fail) ? CheckStatus.Fail
            : found.Exists(result => result.Status == CheckStatus.Pass) ? CheckStatus.Pass : CheckStatus.Skipped;
        Line($"### {title} {Mark(status)}");
    }

    /// <summary>The rules behind a section and what each saw; rules that were not run are left out.</summary>
    public void Evidence(params string[] rules) =>
        Bullets(rules.Select(checks.Find).OfType<CheckResult>()
            .Select(result => $"{Mark(result.Status)} {result.Id}: {Markdown.Text(result.Evidence)}"));

    /// <summary>A list; nothing when it is empty.</summary>
    public void Bullets(IEnumerable<string> items)
    {
        bool first = true;
        foreach (string item in items)
        {
            _text.Append(first ? "\n- " : "- ").Append(item).Append('\n');
            first = false;
        }
    }

    /// <summary>A table; nothing when it has no rows. Cells are Markdown already. A long one is folded away.</summary>
    public void Table(string[] heads, IEnumerable<string[]> rows, int mostRows = int.MaxValue)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
            return;
        var table = new StringBuilder();
        table.Append("| ").AppendJoin(" | ", heads).Append(" |\n|").Insert(table.Length, " --- |", heads.Length).Append('\n');
        foreach (string[] row in all.Take(mostRows))
            table.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        string text = table.ToString()[..^1];
        if (all.Length <= OpenRows)
            Line(text);
        else if (all.Length <= mostRows)
            Details(Number(all.Length, "row"), [text]);
        else
            Details($"the first {Number(mostRows)} of {Number(all.Length, "row")}", [text]);
    }

    /// <summary>Paragraphs that a click opens.</summary>
    public void Details(string summary, IEnumerable<string> paragraphs)
    {
        Line($"<details><summary>{summary}</summary>");
        foreach (string paragraph in paragraphs)
            Line(paragraph);
        Line("</details>");
    }

    /// <summary><c>1,234</c>.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 node</c>, <c>1,234 nodes</c>.</summary>
    public static string Number(long number, string noun) => Words.Count(number, noun);

    /// <summary>Bytes for people, and exactly: <c>1.25 GiB (1,342,177,280)</c>.</summary>
    public static string Bytes(decimal bytes) =>
        bytes <= long.MaxValue
            ? $"{Quantity.FormatBytes((long)bytes)} ({bytes.ToString("N0", CultureInfo.InvariantCulture)})"
            : bytes.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1-4</c>.</summary>
    public static string Layers(DagStage stage) =>
        stage.FirstLayer == stage.LastLayer
            ? Number(stage.FirstLayer)
            : Words.Invariant($"{stage.FirstLayer}-{stage.LastLayer}");

    /// <summary>The page so far.</summary>
    public override string ToString() => _text.ToString();
}
