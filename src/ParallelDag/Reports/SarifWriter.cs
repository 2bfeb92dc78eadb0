using System.Text.Json;

namespace ParallelDag.Reports;

/// <summary>
/// Writes check reports as SARIF 2.1.0 (OASIS, 2020), which code hosts show beside the lines of a change: a result for each node and edge
/// at fault, at its place in the file that the graph was read from; for a generated graph a result a rule, with the ids.
/// </summary>
public static class SarifWriter
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";

    /// <summary>Writes one run over all <paramref name="reports"/>. Only failures are results; a run without any passed.</summary>
    /// <param name="reports">The reports.</param>
    /// <param name="output">Where to, as UTF-8 without a byte order mark.</param>
    /// <param name="strict">True when a rule that was skipped counts as failed.</param>
    public static void Write(IReadOnlyList<CheckReport> reports, Stream output, bool strict = false)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("$schema", Schema);
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, reports);
        json.WriteStartArray("results");
        foreach (CheckReport report in reports)
        {
            foreach (CheckResult failure in strict ? report.Results.Where(result => result.Status != CheckStatus.Pass) : report.Failures)
                WriteFailure(json, report, failure);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
    }

    private static void WriteTool(Utf8JsonWriter json, IReadOnlyList<CheckReport> reports)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "ParallelDag");
        json.WriteString("version", typeof(SarifWriter).Assembly.GetName().Version!.ToString(3));
        json.WriteStartArray("rules");
        IEnumerable<CheckRule> ofReports = reports.SelectMany(report => report.Results).Select(result => result.Rule);
        foreach (CheckRule rule in CheckRule.All.Concat(ofReports).DistinctBy(rule => rule.Id))
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            WriteText(json, "shortDescription", rule.Title);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFailure(Utf8JsonWriter json, CheckReport report, CheckResult failure)
    {
        bool placed = failure.File is not null && failure.NodePositions.Count + failure.EdgePositions.Count > 0;
        if (!placed)
        {
            WriteResult(json, failure, $"{report.Name}: {failure.Evidence}", null, [.. failure.Nodes, .. failure.Edges]);
            return;
        }

        for (int i = 0; i < failure.NodePositions.Count; i++)
            WriteResult(json, failure, $"node {failure.Nodes[i]}: {failure.Evidence}", failure.NodePositions[i], [failure.Nodes[i]]);
        for (int i = 0; i < failure.EdgePositions.Count; i++)
            WriteResult(json, failure, $"edge {failure.Edges[i]}: {failure.Evidence}", failure.EdgePositions[i], [failure.Edges[i]]);
    }

    private static void WriteResult(Utf8JsonWriter json, CheckResult failure, string message, TextPosition? position, string[] ids)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", failure.Id);
        json.WriteString("level", "error");
        WriteText(json, "message", message);
        json.WriteStartArray("locations");
        json.WriteStartObject();
        if (position is TextPosition place && place.Line > 0)
        {
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", Uri.EscapeDataString(failure.File!.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", place.Line);
            json.WriteNumber("startColumn", place.Column);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteStartArray("logicalLocations");
        foreach (string id in ids)
        {
            json.WriteStartObject();
            json.WriteString("fullyQualifiedName", id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
