using System.Globalization;
using System.Text;
using System.Xml;

namespace ParallelDag.Reports;

/// <summary>
/// Writes check reports as JUnit XML, which build servers show as tests: a suite for each graph, a case for each rule. A failed case tells
/// the evidence, and each node and edge at fault with its place.
/// </summary>
public static class JUnitWriter
{
    /// <summary>Writes all <paramref name="reports"/>.</summary>
    public static void Write(IReadOnlyList<CheckReport> reports, Stream output)
    {
        var settings =
            new XmlWriterSettings { Indent =
            true, NewLineChars = "\n", Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        using (var xml = XmlWriter.Create(output, settings))
        {
            xml.WriteStartElement("testsuites");
            foreach (CheckReport report in reports)
                WriteSuite(xml, report);
            xml.WriteEndElement();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteSuite(XmlWriter xml, CheckReport report)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", report.Name);
        xml.WriteAttributeString("tests", Number(report.Results.Count));
        xml.WriteAttributeString("failures", Number(report.Count(CheckStatus.Fail)));
        xml.WriteAttributeString("skipped", Number(report.Count(CheckStatus.Skipped)));
        foreach (CheckResult result in report.Results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", report.Name);
            xml.WriteAttributeString("name", $"{result.Id} {result.Title}");
            if (result.Status == CheckStatus.Fail)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", result.Evidence);
                xml.WriteString(string.Join('\n', Witnesses(result)));
                xml.WriteEndElement();
            }
            else if (result.Status == CheckStatus.Skipped)
            {
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", result.Evidence);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static IEnumerable<string> Witnesses(CheckResult result) =>
        result.Nodes.Select((node, i) => Place(result, result.NodePositions, i) + "node " + node)
            .Concat(result.Edges.Select((edge, i) => Place(result, result.EdgePositions, i) + "edge " + edge));

    private static string Place(CheckResult result, IReadOnlyList<TextPosition> positions, int i) =>
        result.File is not null && i < positions.Count
            ? string.Create(CultureInfo.InvariantCulture, $"{result.File}:{positions[i].Line}:{positions[i].Column}: ")
            : "";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
