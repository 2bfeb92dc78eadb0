using ParallelDag.Files;

namespace ParallelDag.Explanations;

/// <summary>Explanations as <c>paralleldag explain --json</c> prints them.</summary>
public static class ExplanationJson
{
    /// <summary>Writes indented UTF-8 with a final line break.</summary>
    public static void Write(IReadOnlyList<DagExplanation> explanations, Stream output) => IndentedJson.Write(output, json =>
    {
        json.WriteStartObject();
        json.Rows("nodes", explanations, explanation =>
        {
            json.WriteString("id", explanation.Id);
            json.WriteString("name", explanation.Name);
            json.WriteString("op", explanation.Op);
            json.WriteString("phase", explanation.PhaseId?.ToName());
            json.Number("layer", explanation.Layer);
            json.WriteString("gpus", explanation.Gpus?.ToString());
            json.Rows("quantities", explanation.Quantities, quantity =>
            {
                json.WriteString("name", quantity.Name);
                json.WriteString("unit", quantity.Unit.Length == 0 ? null : quantity.Unit);
                json.WriteNumber("value", quantity.Value);
                json.Rows("terms", quantity.Terms, term =>
                {
                    json.WriteString("name", term.Name);
                    json.WriteString("formula", term.Formula);
                    json.WriteString("numbers", term.Numbers);
                    json.WriteNumber("value", term.Value);
                    json.WriteNumber("times", term.Times);
                });
                json.WriteString("convention", quantity.Convention);
                json.WriteString("source", quantity.Source);
            });
            json.Texts("groups", explanation.Groups);
            json.Texts("checks", explanation.Checks);
        });
        json.WriteEndObject();
    });
}
