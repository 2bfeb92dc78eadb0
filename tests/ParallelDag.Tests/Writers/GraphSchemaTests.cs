using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>docs/graph.schema.json says what the writer writes and what the reader takes.</summary>
public sealed class GraphSchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllText(PathOfSchema())).RootElement;

    private static IEnumerable<string> Files =>
    [
        JsonWriter.ToText(FileSamples.Generated()),
        JsonWriter.ToText(FileSamples.WithText("\"<\\")),
        JsonWriter.ToText(DotReader.Read("digraph { a [shape=box, label=<x>]; a -> b [style=dashed] }")),
        JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference))),
        JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Overview)),
    ];

    [Fact]
    public void What_is_written_follows_the_schema() =>
        Assert.All(Files, file => Assert.Empty(Faults(JsonDocument.Parse(file).RootElement, Schema, "$")));

    [Theory]
    [InlineData("\"kind\":\"routing\"", "\"kind\":\"Routing\"")]
    [InlineData("\"kind\":\"gate\"", "\"kind\":null")]
    [InlineData("\"op\":\"top_k\"", "\"op\":\"topk\"")]
    [InlineData("\"stage\":2", "\"stage\":65537")]
    [InlineData("\"stage\":2", "\"stage\":\"2\"")]
    [InlineData("\"members\":4", "\"members\":-4")]
    [InlineData("\"bytes\":16", "\"bytes\":null")]
    [InlineData("\"gpus\":\"4-7\"", "\"gpus\":\"4-\"")]
    [InlineData("\"tp\":2,", "\"tp\":0,")]
    [InlineData("\"experts\":\"0-3\"", "\"expert\":\"0-3\"")]
    [InlineData("\"id\":\"prefill_l1_top_k\",", "")]
    [InlineData("\"paralleldag.graph/1\"", "\"paralleldag.graph/2\"")]
    public void What_the_schema_refuses_the_reader_refuses_too(string good, string bad)
    {
        string text = JsonWriter.ToText(FileSamples.Generated());
        int at = text.IndexOf(good, StringComparison.Ordinal);
        string broken = string.Concat(text.AsSpan(0, at), bad, text.AsSpan(at + good.Length));
        Assert.NotEmpty(Faults(JsonDocument.Parse(broken).RootElement, Schema, "$"));
        Assert.Throws<InputException>(() => JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(broken)));
    }

    [Fact]
    public void The_reader_knows_exactly_the_properties_of_the_schema()
    {
        foreach (string definition in (string[])["cluster", "limits", "phase", "stage", "memory", "node", "drawing", "edge"])
        {
            string[] names = [.. Schema.GetProperty("$defs").GetProperty(definition).GetProperty("properties").EnumerateObject()
                .Select(property => property.Name)];
            string unknown = Refusal(definition);
            Assert.Equal(names, unknown[(unknown.IndexOf("known are ", StringComparison.Ordinal) + 10)..].Split(", "));
        }
    }

    [Fact]
    public void Every_operator_is_in_the_document()
    {
        string document = File.ReadAllText(Path.Combine(Path.GetDirectoryName(PathOfSchema())!, "graph-files.md"));
        int from = document.IndexOf("a word of this vocabulary:", StringComparison.Ordinal);
        string list = document[from..document.IndexOf("## DOT", from, StringComparison.Ordinal)];

        Assert.Equal(ParallelDag.Graphs.Ops.All.Order(), list.Split('`').Where((_, i) => i % 2 == 1).Order());
    }

    [Fact]
    public void Every_operator_is_in_the_schema() => Assert.Equal(
        ParallelDag.Graphs.Ops.All,
        Schema.GetProperty("$defs").GetProperty("node").GetProperty("properties").GetProperty("op").GetProperty("enum").EnumerateArray()
            .Where(op => op.ValueKind == JsonValueKind.String).Select(op => op.GetString()!));

    /// <summary>What the reader says of an unknown property at the place of a definition.</summary>
    private static string Refusal(string definition)
    {
        string inner = definition switch
        {
            "phase" => "\"phases\":[{\"?\":0}]",
            "stage" => "\"phases\":[{\"stages\":[{\"?\":0}]}]",
            "cluster" => "\"cluster\":{\"?\":0}",
            "limits" => "\"limits\":{\"?\":0}",
            "memory" => "\"memory\":[{\"?\":0}]",
            "node" => "\"nodes\":[{\"?\":0}]",
            "drawing" => "\"nodes\":[{\"drawing\":{\"?\":0}}]",
            _ => "\"nodes\":[],\"edges\":[{\"?\":0}]",
        };
        return Assert.Throws<InputException>(() =>
            JsonReader.Read(System.Text.Encoding.UTF8.GetBytes($"{{\"schema\":\"paralleldag.graph/1\",{inner}}}"))).Message;
    }

    /// <summary>The part of JSON Schema that the file uses; an unknown keyword fails, so that nothing in it goes unchecked.</summary>
    private static IEnumerable<string> Faults(JsonElement value, JsonElement schema, string path)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            IEnumerable<string> faults = keyword.Name switch
            {
                "$schema" or "$id" or "title" or "description" or "$defs" => [],
                "type" => HasType(value, keyword.Value) ? [] : [$"{path}: not {keyword.Value}"],
                "const" => JsonElement.DeepEquals(value, keyword.Value) ? [] : [$"{path}: not {keyword.Value}"],
                "enum" => keyword.Value.EnumerateArray().Any(choice => JsonElement.DeepEquals(value, choice))
                    ? []
                    : [$"{path}: not in {keyword.Value}"],
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= keyword.Value.GetDecimal()
                    ? []
                    : [$"{path}: too small"],
                "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= keyword.Value.GetDecimal()
                    ? []
                    : [$"{path}: too large"],
                "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!)
                    ? []
                    : [$"{path}: not like {keyword.Value}"],
                "required" => keyword.Value.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))
                    .Select(name => $"{path}: lacks {name}"),
                "properties" => value.EnumerateObject().Where(property => keyword.Value.TryGetProperty(property.Name, out _))
                    .SelectMany(property => Faults(property.Value, keyword.Value.GetProperty(property.Name), $"{path}.{property.Name}")),
                "additionalProperties" =>
                    value.EnumerateObject()
                    .Where(property =>
                        !schema.TryGetProperty("properties", out JsonElement known) || !known.TryGetProperty(property.Name, out _))
                    .SelectMany(property => keyword.Value.ValueKind == JsonValueKind.False
                        ? [$"{path}: has {property.Name}"]
                        : Faults(property.Value, keyword.Value, $"{path}.{property.Name}")),
                "items" => value.EnumerateArray().SelectMany((item, i) => Faults(item, keyword.Value, $"{path}[{i}]")),
                "anyOf" => keyword.Value.EnumerateArray().Any(choice => !Faults(value, choice, path).Any())
                    ? []
                    : [$"{path}: none of {keyword.Value}"],
                "$ref" => Faults(value, Schema.GetProperty("$defs").GetProperty(keyword.Value.GetString()!["#/$defs/".Length..]), path),
                _ => throw new NotSupportedException(keyword.Name),
            };
            foreach (string fault in faults)
                yield return fault;
        }
    }

    private static bool HasType(JsonElement value, JsonElement type) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(choice => HasType(value, choice))
        : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && !value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E'),
            "number" => value.ValueKind == JsonValueKind.Number && !value.GetRawText().AsSpan().ContainsAny('e', 'E'),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            string other => throw new NotSupportedException(other),
            null => false,
        };

    private static string PathOfSchema([CallerFilePath] string testFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(testFile)!, "..", "..", "..", "docs", "graph.schema.json"));
}
