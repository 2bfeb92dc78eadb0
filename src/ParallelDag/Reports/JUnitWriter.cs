using System.Globalization;
using System.Text;
using System.Xml;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// Writes check reports as JUnit XML, which build servers show as tests: a suite for each graph, a case for each rule. A failed case tells
/// the evidence, and each node and edge at fault with its place. The same reports give the same bytes: no times, no host.
/// </summary>
public static class JUnitWriter
{
    /// <summary>Writes all <paramref name="reports"/>.</summary>
    /// <param name="reports">The reports.</param>
    /// <param name="output">Where to, as UTF-8 without a byte order mark.</param>
    /// <param name="strict">True when a rule that was skipped counts as failed.</param>
    public static void Write(IReadOnlyList<CheckReport> reports, Stream output, bool strict = false)
    {
        var settings = new XmlWriterSettings
        {
            Indent = true,
            NewLineChars = "\n",
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        using (var xml = XmlWriter.Create(output, settings))
        {
            xml.WriteStartElement("testsuites");
            foreach (CheckReport report in reports)
                WriteSuite(xml, report, strict);
            xml.WriteEndElement();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteSuite(XmlWriter xml, CheckReport report, bool strict)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Text(report.Name));
        xml.WriteAttributeString("tests", Number(report.Results.Count));
        xml.WriteAttributeString("failures", Number(report.Results.Count(result => Fails(result, strict))));
        xml.WriteAttributeString("skipped", Number(strict ? 0 : report.Count(CheckStatus.Skipped)));
        foreach (CheckResult result in report.Results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", Text(report.Name));
            xml.WriteAttributeString("name", $"{result.Id} {result.Title}");
            if (Fails(result, strict))
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", Text(result.Evidence));
                xml.WriteString(Text(string.Join('\n', Witnesses(result))));
                xml.WriteEndElement();
            }
            else if (result.Status == CheckStatus.Skipped)
            {
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", Text(result.Evidence));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static bool Fails(CheckResult result, bool strict) =>
        result.Status == CheckStatus.Fail || (strict && result.Status == CheckStatus.Skipped);

    private static IEnumerable<string> Witnesses(CheckResult result) =>
        result.Nodes.Select((node, i) => Place(result, result.NodePositions, i) + "node " + node)
            .Concat(result.Edges.Select((edge, i) => Place(result, result.EdgePositions, i) + "edge " + edge));

    private static string Place(CheckResult result, IReadOnlyList<TextPosition> positions, int i) =>
        result.File is not null && i < positions.Count
            ? Words.Invariant($"{result.File}:{positions[i].Line}:{positions[i].Column}: ")
            : "";

    /// <summary>Characters that XML 1.0 cannot hold become a replacement mark.</summary>
    private static string Text(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            bool pair = (char.IsHighSurrogate(source[i]) && i + 1 < source.Length && char.IsLowSurrogate(source[i + 1]))
                || (char.IsLowSurrogate(source[i]) && i > 0 && char.IsHighSurrogate(source[i - 1]));
            span[i] = pair || XmlConvert.IsXmlChar(source[i]) ? source[i] : '\uFFFD';
        }
    });

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
