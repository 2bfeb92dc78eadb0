using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParallelDag.Checks;

/// <summary>
/// The JSON of <c>check --json</c>: <c>{ "checks": [ { "id", "title", "status", "evidence", "nodes", "edges" } ] }</c>;
/// for a graph that was read from a file also <c>file</c>, <c>nodePositions</c> and <c>edgePositions</c> (<c>[line, column]</c>) where a
/// rule names witnesses.
/// </summary>
public static class CheckJsonWriter
{
    /// <summary>The report as text.</summary>
    public static string ToText(CheckReport report)
    {
        using var stream = new MemoryStream();
        Write(report, stream);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes the report as UTF-8 without a byte order mark, indented, with a line feed at the end.</summary>
    public static void Write(CheckReport report, Stream destination)
    {
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(destination, options))
        {
            json.WriteStartObject();
            json.WriteStartArray("checks");
            foreach (CheckResult result in report.Results)
            {
                json.WriteStartObject();
                json.WriteString("id", result.Id);
                json.WriteString("title", result.Title);
                json.WriteString("status", result.Status.ToName());
                json.WriteString("evidence", result.Evidence);
                WriteStrings(json, "nodes", result.Nodes);
                WriteStrings(json, "edges", result.Edges);
                if (result.File is not null && result.NodePositions.Count + result.EdgePositions.Count > 0)
                {
                    json.WriteString("file", result.File);
                    WritePositions(json, "nodePositions", result.NodePositions);
                    WritePositions(json, "edgePositions", result.EdgePositions);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        destination.WriteByte((byte)'\n');
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items)
            json.WriteStringValue(item);
        json.WriteEndArray();
    }

    private static void WritePositions(Utf8JsonWriter json, string name, IReadOnlyList<TextPosition> positions)
    {
        json.WriteStartArray(name);
        foreach (TextPosition position in positions)
        {
            json.WriteStartArray();
            json.WriteNumberValue(position.Line);
            json.WriteNumberValue(position.Column);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
