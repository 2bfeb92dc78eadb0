using System.Text.Json;
using ParallelDag.Files;

namespace ParallelDag.Comparisons;

/// <summary>A comparison as <c>paralleldag compare --json</c> prints it.</summary>
public static class ComparisonJson
{
    /// <summary>Writes indented UTF-8 with a final line break.</summary>
    public static void Write(DagComparison comparison, Stream output) => IndentedJson.Write(output, json =>
    {
        ComparisonAdvice advice = ComparisonAdvice.Of(comparison);
        json.WriteStartObject();
        json.WriteString("reference", comparison.ReferenceName);
        json.WriteString("difference", comparison.DifferenceName);
        json.WriteBoolean("equal", comparison.AreEqual);
        json.WriteString("verdict", IndentedJson.Camel(comparison.Verdict));
        json.WriteString("summary", comparison.Summary);
        json.Texts("gains", advice.For);
        json.Texts("costs", advice.Against);
        json.Texts("breaks", advice.Breaks);
        json.Texts("slowerParts", advice.Inside);
        json.Rows("differences", comparison.Rows, row => Row(json, row));
        json.WriteEndObject();
    });

    private static void Row(Utf8JsonWriter json, DagDifference row)
    {
        json.WriteString("aspect", IndentedJson.Camel(row.Aspect));
        json.WriteString("side", IndentedJson.Camel(row.Side));
        json.WriteString("phase", row.Phase?.ToName());
        json.WriteString("subject", row.Subject);
        json.WriteString("reference", row.Reference);
        json.WriteString("difference", row.Difference);
        json.Number("referenceValue", row.ReferenceValue);
        json.Number("differenceValue", row.DifferenceValue);
        json.WriteString("unit", row.Unit.Length == 0 ? null : row.Unit);
        json.Number("change", row.Change);
        json.WriteString("effect", IndentedJson.Camel(row.Effect));
        json.WriteString("gpus", row.Gpus?.ToString());
        json.WriteString("layers", row.Layers);
        json.WriteBoolean("linkChanged", row.LinkChanged);
    }
}
