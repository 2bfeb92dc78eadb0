using System.Text.Encodings.Web;
using System.Text.Json;
using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// A report as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines of the file: a result per rule that failed, placed
/// where its first witness stands,
/// the others as related locations; what was skipped is a note.
/// </summary>
public static class CheckSarifWriter
{
    private const int MostLocations = 50;

    /// <summary>Writes the report as UTF-8 without a byte order mark, with a line feed at the end. Order and text follow from the report
    /// alone.</summary>
    public static void Write(CheckReport report, Stream destination)
    {
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(destination, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(report, json);
            json.WriteStartArray("results");
            for (int i = 0; i < report.Results.Count; i++)
            {
                if (report.Results[i].Status != CheckStatus.Pass)
                    WriteResult(report.Results[i], i, json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        destination.WriteByte((byte)'\n');
    }

    private static void WriteTool(CheckReport report, Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "paralleldag");
        json.WriteStartArray("rules");
        foreach (CheckResult result in report.Results)
        {
            json.WriteStartObject();
            json.WriteString("id", result.Id);
            WriteText(json, "shortDescription", result.Title);
            WriteText(json, "fullDescription", result.Rule.Description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(CheckResult result, int rule, Utf8JsonWriter json)
    {
        bool failed = result.Status == CheckStatus.Fail;
        json.WriteStartObject();
        json.WriteString("ruleId", result.Id);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("kind", failed ? "fail" : "notApplicable");
        json.WriteString("level", failed ? "error" : "none");
        WriteText(json, "message", result.Evidence);
        WriteLocations(result, json);
        json.WriteEndObject();
    }

    private static void WriteLocations(CheckResult result, Utf8JsonWriter json)
    {
        IReadOnlyList<CheckPlace> places = CheckPlace.Of(result);
        json.WriteStartArray("locations");
        if (places.Count > 0)
            WriteLocation(places[0], null, json);
        json.WriteEndArray();
        if (places.Count < 2)
            return;
        json.WriteStartArray("relatedLocations");
        for (int i = 1; i < Math.Min(places.Count, MostLocations); i++)
            WriteLocation(places[i], i, json);
        json.WriteEndArray();
    }

    private static void WriteLocation(CheckPlace place, int? id, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (id is int number)
            json.WriteNumber("id", number);
        if (place is { File: string file, Position: TextPosition { Line: > 0 } position })
        {
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", Uri.EscapeDataString(file.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", position.Line);
            if (position.Column > 0)
                json.WriteNumber("startColumn", position.Column);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteStartArray("logicalLocations");
        json.WriteStartObject();
        json.WriteString("name", place.Name);
        json.WriteString("kind", place.IsEdge ? "edge" : "node");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string property, string text)
    {
        json.WriteStartObject(property);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
