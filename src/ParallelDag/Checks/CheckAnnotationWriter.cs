using System.Globalization;
using System.Text;

namespace ParallelDag.Checks;

/// <summary>
/// A report as workflow commands of GitHub Actions, which the host shows beside the lines of the file:
/// <c>::error file=plan.dot,line=7,col=3,title=PD022 ...::evidence</c>. What was skipped is a notice, or with strict an error.
/// </summary>
public static class CheckAnnotationWriter
{
    /// <summary>Writes a line for each rule that did not pass, ended by line feeds.</summary>
    /// <param name="report">The report.</param>
    /// <param name="strict">True when what was skipped counts as failed.</param>
    /// <param name="destination">Where to.</param>
    public static void Write(CheckReport report, bool strict, TextWriter destination)
    {
        foreach (CheckResult result in report.Results)
        {
            if (result.Status == CheckStatus.Pass)
                continue;
            var line = new StringBuilder(result.Status == CheckStatus.Fail || strict ? "::error " : "::notice ");
            if (CheckPlace.Of(result) is [{ File: string file, Position: { Line: > 0 } position }, ..])
            {
                line.Append("file=").Append(Property(file)).Append(CultureInfo.InvariantCulture, $",line={position.Line}");
                if (position.Column > 0)
                    line.Append(CultureInfo.InvariantCulture, $",col={position.Column}");
                line.Append(',');
            }

            line.Append("title=").Append(Property($"{result.Id} {result.Title}")).Append("::").Append(Data(result.Evidence));
            destination.Write(line.Append('\n'));
        }
    }

    /// <summary>Escapes as the workflow's runner unescapes.</summary>
    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
