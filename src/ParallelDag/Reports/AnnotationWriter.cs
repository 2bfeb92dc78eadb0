using System.Globalization;
using System.Text;

namespace ParallelDag.Reports;

/// <summary>
/// Writes check reports as workflow commands of GitHub Actions, which the host shows beside the lines of the file:
/// <c>::error file=plan.dot,line=7,col=3,title=PD022 ...::evidence</c>. A rule that was skipped is a notice.
/// </summary>
public static class AnnotationWriter
{
    /// <summary>Writes a line for each rule that did not pass, ended by line feeds.</summary>
    /// <param name="reports">The reports.</param>
    /// <param name="output">Where to.</param>
    /// <param name="strict">True when a rule that was skipped counts as failed.</param>
    public static void Write(IReadOnlyList<CheckReport> reports, TextWriter output, bool strict = false)
    {
        foreach (CheckResult result in reports.SelectMany(report => report.Results).Where(result => result.Status != CheckStatus.Pass))
        {
            var line = new StringBuilder(result.Status == CheckStatus.Fail || strict ? "::error " : "::notice ");
            if (result.File is string file && PlaceOf(result) is { Line: > 0 } place)
            {
                line.Append("file=").Append(Property(file)).Append(CultureInfo.InvariantCulture, $",line={place.Line}");
                if (place.Column > 0)
                    line.Append(CultureInfo.InvariantCulture, $",col={place.Column}");
                line.Append(',');
            }

            line.Append("title=").Append(Property($"{result.Id} {result.Title}")).Append("::").Append(Data(result.Evidence));
            output.Write(line.Append('\n'));
        }
    }

    /// <summary>The first witness's place: an edge's where there is one, as it says more than its ends do.</summary>
    private static TextPosition? PlaceOf(CheckResult result) =>
        result.EdgePositions.Count > 0 ? result.EdgePositions[0] : result.NodePositions.Count > 0 ? result.NodePositions[0] : null;

    /// <summary>Escapes as the workflow's runner unescapes.</summary>
    private static string Data(string text) => text.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
