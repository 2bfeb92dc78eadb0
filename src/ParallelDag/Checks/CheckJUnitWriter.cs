using System.Globalization;
using System.Text;
using System.Xml;

namespace ParallelDag.Checks;

/// <summary>
/// A report as JUnit XML, which build servers show as tests: a suite per graph, a case per rule; a failure carries the evidence and the
/// places of its first witnesses.
/// </summary>
public static class CheckJUnitWriter
{
    private const int MostPlaces = 50;

    /// <summary>Writes the report as UTF-8 without a byte order mark. Order and text follow from the report alone: no times, no
    /// host.</summary>
    /// <param name="report">The report.</param>
    /// <param name="strict">True when what was skipped counts as failed.</param>
    /// <param name="destination">Where to.</param>
    public static void Write(CheckReport report, bool strict, Stream destination)
    {
        var settings = new XmlWriterSettings
        {
            Indent = true, NewLineChars =
                "\n", Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), CheckCharacters = false, CloseOutput = false,
        };
        int skipped = strict ? 0 : report.Count(CheckStatus.Skipped);
        int failures = report.Count(CheckStatus.Fail) + (strict ? report.Count(CheckStatus.Skipped) : 0);
        using (XmlWriter xml = XmlWriter.Create(destination, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Text(report.Name));
            xml.WriteAttributeString("tests", report.Results.Count.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("failures", failures.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", skipped.ToString(CultureInfo.InvariantCulture));
            foreach (CheckResult result in report.Results)
                WriteCase(result, strict, xml);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        destination.WriteByte((byte)'\n');
    }

    private static void WriteCase(CheckResult result, bool strict, XmlWriter xml)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", result.Id);
        xml.WriteAttributeString("name", $"{result.Id} {result.Title}");
        if (result.File is not null)
            xml.WriteAttributeString("file", Text(result.File));
        if (result.Status == CheckStatus.Fail || (strict && result.Status == CheckStatus.Skipped))
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", result.Status.ToName());
            xml.WriteAttributeString("message", Text(result.Evidence));
            xml.WriteString(Text(string.Join('\n', CheckPlace.Of(result).Take(MostPlaces).Select(Line))));
            xml.WriteEndElement();
        }
        else if (result.Status == CheckStatus.Skipped)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Text(result.Evidence));
            xml.WriteEndElement();
        }
        else
        {
            xml.WriteElementString("system-out", Text(result.Evidence));
        }

        xml.WriteEndElement();
    }

    private static string Line(CheckPlace place)
    {
        string where = place.Position is { Line: > 0 } position
            ? string.Create(CultureInfo.InvariantCulture, $"{place.File}:{position.Line}:{position.Column}: ") : "";
        return $"{where}{(place.IsEdge ? "edge" : "node")} {place.Name}";
    }

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
}
