using System.Globalization;
using ParallelDag.Documents;
using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Models.Families;

/// <summary>Typed access to the fields of a <c>config.json</c>; what is missing or of the wrong type is named with its place. A null counts as absent.</summary>
internal sealed class ConfigFields(DocumentMap root, string? file)
{
    /// <summary>A field that must be there.</summary>
    public int Int(string field) =>
        OptionalInt(field) ?? throw new InputException(file, root.Position, $"the field '{field}' is missing; model_type {Text("model_type", "?")} needs it");

    /// <summary>A field that may be absent.</summary>
    public int? OptionalInt(string field)
    {
        if (Find(field) is not DocumentNode node)
            return null;
        if (node is DocumentScalar { Quoted: false } scalar && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
            return value;
        throw Fault(field, $"must be an integer, not {node.Describe()}");
    }

    /// <summary>A switch.</summary>
    public bool Bool(string field, bool absent) => Find(field) switch
    {
        null => absent,
        DocumentScalar { Quoted: false, Text: "true" } => true,
        DocumentScalar { Quoted: false, Text: "false" } => false,
        DocumentNode node => throw Fault(field, $"must be true or false, not {node.Describe()}"),
    };

    /// <summary>A text.</summary>
    public string Text(string field, string absent) => Find(field) switch
    {
        null => absent,
        DocumentScalar { Quoted: true } scalar => scalar.Text,
        DocumentNode node => throw Fault(field, $"must be a text, not {node.Describe()}"),
    };

    /// <summary>A list of integers; empty when absent.</summary>
    public IReadOnlyList<int> IntList(string field)
    {
        if (Find(field) is not DocumentNode node)
            return [];
        if (node is not DocumentList list)
            throw Fault(field, $"must be a list, not {node.Describe()}");
        return [.. list.Items.Select(item => item is DocumentScalar scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Fault(field, $"must hold integers, not {item.Describe()}"))];
    }

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<string> TextList(string field)
    {
        if (Find(field) is not DocumentNode node)
            return [];
        if (node is not DocumentList list)
            throw Fault(field, $"must be a list, not {node.Describe()}");
        return [.. list.Items.Select(item => item is DocumentScalar { Quoted: true } scalar ? scalar.Text : throw Fault(field, $"must hold texts, not {item.Describe()}"))];
    }

    /// <summary>The format: <c>torch_dtype</c> or <c>dtype</c>; bf16 when absent.</summary>
    public NumberFormat DataType()
    {
        string field = Find("torch_dtype") is null ? "dtype" : "torch_dtype";
        string name = Text(field, "bfloat16");
        return name.Replace("torch.", "", StringComparison.Ordinal) switch
        {
            "bfloat16" => NumberFormat.Bf16,
            "float16" => NumberFormat.Fp16,
            "float32" => NumberFormat.Fp32,
            _ when name.StartsWith("float8", StringComparison.Ordinal) => NumberFormat.Fp8,
            _ => throw Fault(field, $"'{name}' is no known type; known are bfloat16, float16, float32, float8_*"),
        };
    }

    /// <summary>A quotient that must be whole.</summary>
    public int Divide(string dividend, int value, string divisor, int by) =>
        by > 0 && value % by == 0 ? value / by : throw Fault(divisor, $"{dividend} {value} does not divide by {divisor} {by}, and there is no head_dim");

    /// <summary>An error at a field.</summary>
    public InputException Fault(string field, string message) =>
        new(file, root.Entries.FirstOrDefault(entry => entry.Key == field)?.Value.Position ?? root.Position, $"{field}: {message}");

    /// <summary>The place of a field, or of the whole config.</summary>
    public TextPosition PositionOf(string field) => root.Entries.FirstOrDefault(entry => entry.Key == field)?.Value.Position ?? root.Position;

    private DocumentNode? Find(string field) => root.Find(field) is DocumentNode node && node is not DocumentScalar { IsNull: true } ? node : null;
}
