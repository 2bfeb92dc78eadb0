using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ParallelDag.Documents;
using ParallelDag.Wording;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>
/// The part of JSON Schema that the schemas of manifests need: types, properties, required, enum, pattern, minimum, items. A keyword that
/// is
/// not among them fails the test, so that none is passed over.
/// </summary>
internal static class StrictSchema
{
    private static readonly string[] Keywords =
        ["$comment", "type", "properties", "required", "additionalProperties", "additionalValues", "items", "minItems", "enum", "pattern",
            "minimum", "maximum"];

    /// <summary>What is wrong with a document, a line each.</summary>
    public static IReadOnlyList<string> Faults(string schema, DocumentNode document)
    {
        using JsonDocument json = JsonDocument.Parse(
            File.ReadAllText(Repository.PathOf($"tests/ParallelDag.Formats.Tests/Engines/Schemas/{schema}.json")));
        var faults = new List<string>();
        Check(json.RootElement, document, "", faults);
        return faults;
    }

    private static void Check(JsonElement schema, DocumentNode node, string path, List<string> faults)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
            Assert.Contains(keyword.Name, Keywords);
        string? type = schema.TryGetProperty("type", out JsonElement named) ? named.GetString() : null;
        if (type is not null && !IsOfType(type, node))
        {
            faults.Add($"{path}: {node.Describe()} is no {type}");
            return;
        }

        switch (node)
        {
            case DocumentMap map:
                Properties(schema, map, path, faults);
                break;
            case DocumentList list:
                if (schema.TryGetProperty("minItems", out JsonElement least) && list.Items.Count < least.GetInt32())
                    faults.Add($"{path}: fewer items than {least.GetInt32()}");
                for (int i = 0; i < list.Items.Count && schema.TryGetProperty("items", out JsonElement item); i++)
                    Check(item, list.Items[i], Words.Invariant($"{path}[{i}]"), faults);
                break;
            case DocumentScalar scalar:
                Scalar(schema, scalar, path, faults);
                break;
        }
    }

    private static void Properties(JsonElement schema, DocumentMap map, string path, List<string> faults)
    {
        JsonElement properties = schema.TryGetProperty("properties", out JsonElement known) ? known : default;
        bool strict = schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind == JsonValueKind.False;
        foreach (DocumentEntry entry in map.Entries)
        {
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(entry.Key, out JsonElement property))
                Check(property, entry.Value, $"{path}.{entry.Key}", faults);
            else if (schema.TryGetProperty("additionalValues", out JsonElement values))
                Check(values, entry.Value, $"{path}.{entry.Key}", faults);
            else if (strict)
                faults.Add($"{path}: unknown key {entry.Key}");
        }

        foreach (JsonElement required in schema.TryGetProperty("required", out JsonElement list) ? list.EnumerateArray() : default)
        {
            if (map.Find(required.GetString()!) is null)
                faults.Add($"{path}: lacks {required.GetString()}");
        }
    }

    private static void Scalar(JsonElement schema, DocumentScalar scalar, string path, List<string> faults)
    {
        if (schema.TryGetProperty("enum", out JsonElement words) && words.EnumerateArray().All(word => word.GetString() != scalar.Text))
            faults.Add($"{path}: '{scalar.Text}' is none of the words");
        if (schema.TryGetProperty("pattern", out JsonElement pattern)
            && !Regex.IsMatch(scalar.Text, pattern.GetString()!, RegexOptions.CultureInvariant))
            faults.Add($"{path}: '{scalar.Text}' does not match");
        if (schema.TryGetProperty("minimum", out JsonElement least)
            && long.Parse(scalar.Text, CultureInfo.InvariantCulture) < least.GetInt64())
            faults.Add($"{path}: {scalar.Text} is too small");
        if (schema.TryGetProperty("maximum", out JsonElement most)
            && long.Parse(scalar.Text, CultureInfo.InvariantCulture) > most.GetInt64())
            faults.Add($"{path}: {scalar.Text} is too large");
    }

    private static bool IsOfType(string type, DocumentNode node) => (type, node) switch
    {
        ("object", DocumentMap) or ("array", DocumentList) => true,
        ("integer", DocumentScalar { Quoted: false } scalar) =>
            long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        ("boolean", DocumentScalar { Quoted: false, Text: "true" or "false" }) => true,
        ("string", DocumentScalar { Quoted: true }) => true,
        ("string", DocumentScalar { IsNull: false } scalar) => scalar.Text is not ("true" or "false")
            && !double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out _),
        _ => false,
    };
}
