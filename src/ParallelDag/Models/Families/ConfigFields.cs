using System.Globalization;
using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Families;

/// <summary>
/// Typed access to the fields of a <c>config.json</c>; what is missing, of the wrong type or out of range is named with its place. A null
/// counts as absent. It remembers which fields were read, so that the rest can be listed as not counted.
/// </summary>
/// <param name="root">The mapping.</param>
/// <param name="file">The file as the user named it.</param>
/// <param name="modelType">The <c>model_type</c> that the fields are read as.</param>
/// <param name="outer">
/// The config around a nested language model: it speaks where the nested one is silent on the ends and the format.
/// </param>
/// <param name="path">What precedes a field's name in a message: <c>attn_config.</c></param>
internal sealed class ConfigFields(
    DocumentMap root, string? file, string modelType, ConfigFields? outer = null, string path = "")
{
    private static readonly HashSet<string> OfWholeModel = ["tie_word_embeddings", "torch_dtype", "dtype"];

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<UncountedField> _notes = [];

    /// <summary>The type that the family reads the fields as, without <c>_text</c>.</summary>
    public string ModelType { get; } = modelType;

    /// <summary>True when the field is there and no null.</summary>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>Fields that this family's models do not depend on, or that say what another field said.</summary>
    public void Ignore(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
            _read.Add(field);
    }

    /// <summary>The first of several names of one field that is there; the first name when none is.</summary>
    public string NameOf(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Has(name))
                return name;
        }

        return names[0];
    }

    /// <summary>A size that must be there, at least 1.</summary>
    public int Int(string field) => OptionalInt(field) ?? throw Missing(field);

    /// <summary>A size, at least 1.</summary>
    public int Int(string field, int absent) => OptionalInt(field) ?? absent;

    /// <summary>A size that may be absent, at least 1 where it is there.</summary>
    public int? OptionalInt(string field) => Find(field) is DocumentNode node ? Integer(field, node, 1, SizeRule.MaxWidth) : null;

    /// <summary>A count of heads, experts or layers that must be there: 1 to 65,536.</summary>
    public int Count(string field) => OptionalCount(field) ?? throw Missing(field);

    /// <summary>A count of heads, experts or layers: 1 to 65,536.</summary>
    public int Count(string field, int absent) => OptionalCount(field) ?? InRange(field, absent, 1, SizeRule.MaxCount);

    /// <summary>A size that may be 0.</summary>
    public int Size(string field, int absent = 0) =>
        Find(field) is DocumentNode node ? Integer(field, node, 0, SizeRule.MaxWidth) : absent;

    /// <summary>Any 32-bit integer, or null.</summary>
    public int? Signed(string field) => Find(field) is DocumentNode node ? Integer(field, node, int.MinValue, int.MaxValue) : null;

    /// <summary>True for the one negative number that stands in configs: -1, "to the end".</summary>
    public bool IsMinusOne(string field) => Find(field) is DocumentScalar { Quoted: false, Text: "-1" };

    /// <summary>True when a field that is otherwise a number holds this word.</summary>
    public bool IsText(string field, string word) => Find(field) is DocumentScalar { Quoted: true } scalar && scalar.Text == word;

    /// <summary>True for a field that holds a bare number.</summary>
    public bool IsNumber(string field) => Find(field) is DocumentScalar { Quoted: false, Text: not ("true" or "false") };

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

    /// <summary>A finite number that is not negative.</summary>
    public double Number(string field)
    {
        if (Find(field) is not DocumentNode node)
            throw Missing(field);
        return node is DocumentScalar { Quoted: false } scalar
            && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and < 1e9
            ? value : throw Fault(field, $"must be a number from 0 to 1e9, not {node.Describe()}");
    }

    /// <summary>A list of integers, none negative; empty when absent.</summary>
    public IReadOnlyList<int> IntList(string field) =>
        [.. Items(field).Select(item => Integer(field, item, 0, SizeRule.MaxWidth))];

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<string> TextList(string field) => [.. Items(field).Select(item =>
        item is DocumentScalar { Quoted: true } scalar ? scalar.Text : throw Fault(field, $"must hold texts, not {item.Describe()}"))];

    /// <summary>A size that a config gives once for all layers, or as a list with an entry a layer.</summary>
    /// <returns>The size of a layer, from 1.</returns>
    public Func<int, int> SizePerLayer(string field, int layers, int absent = 0)
    {
        if (Find(field) is not DocumentList)
        {
            int size = Size(field, absent);
            return _ => size;
        }

        IReadOnlyList<int> sizes = IntList(field);
        RequireLayers(field, sizes.Count, layers);
        return layer => sizes[layer - 1];
    }

    /// <summary>Refuses a list with fewer entries than there are layers.</summary>
    public void RequireLayers(string field, int entries, int layers)
    {
        if (entries < layers)
            throw Fault(field, Words.Invariant($"has {entries} entries for {layers} layers; give one a layer"));
    }

    /// <summary>A mapping inside the config, or null.</summary>
    public ConfigFields? Section(string field) => Find(field) switch
    {
        null => null,
        DocumentMap map => new ConfigFields(map, file, ModelType, null, $"{path}{field}."),
        DocumentNode node => throw Fault(field, $"must be a mapping, not {node.Describe()}"),
    };

    /// <summary>A list of mappings; empty when absent.</summary>
    public IReadOnlyList<ConfigFields> Sections(string field) => [.. Items(field).Select((item, index) => item is DocumentMap map
        ? new ConfigFields(map, file, ModelType, null, Words.Invariant($"{path}{field}[{index}]."))
        : throw Fault(field, $"must hold mappings, not {item.Describe()}"))];

    /// <summary>The format: <c>torch_dtype</c> or <c>dtype</c>; bf16 when absent.</summary>
    public NumberFormat DataType()
    {
        string field = NameOf("torch_dtype", "dtype");
        string name = Text(field, "bfloat16");
        return name.Replace("torch.", "", StringComparison.Ordinal) switch
        {
            "bfloat16" or "auto" => NumberFormat.Bf16,
            "float16" => NumberFormat.Fp16,
            "float32" => NumberFormat.Fp32,
            _ when name.StartsWith("float8", StringComparison.Ordinal) => NumberFormat.Fp8,
            _ => throw Fault(field, $"'{OneLine.Quote(name)}' is no known type; known are bfloat16, float16, float32, float8_*"),
        };
    }

    /// <summary>A quotient that must be whole.</summary>
    public int Divide(string dividend, int value, string divisor, int by) => by > 0 && value % by == 0 ? value / by
        : throw Fault(
            divisor, Words.Invariant($"{dividend} {value} does not divide by {divisor} {by}, and there is no head_dim"));

    /// <summary>Notes a field that is there but not counted.</summary>
    public void NotCounted(string field, string reason)
    {
        _read.Add(field);
        if (_notes.All(note => note.Field != path + field))
            _notes.Add(new UncountedField(path + field, reason));
    }

    /// <summary>The fields that are there, bear on nothing that was read and are not known to be irrelevant; each once.</summary>
    public IEnumerable<UncountedField> Uncounted()
    {
        foreach (DocumentEntry entry in root.Entries)
        {
            if (!_read.Contains(entry.Key) && entry.Value is not DocumentScalar { IsNull: true } && IrrelevantFields.WhyNotCounted(entry)
                is string reason)
            {
                NotCounted(entry.Key, reason);
            }
        }

        IEnumerable<UncountedField> own = _notes;
        return (outer is null ? own : own.Concat(outer.Uncounted())).DistinctBy(note => note.Field);
    }

    /// <summary>An error at a field.</summary>
    public InputException Fault(string field, string message) => new(file, PositionOf(field), $"{path}{field}: {message}");

    /// <summary>The place of a field, or of the whole config.</summary>
    public TextPosition PositionOf(string field) =>
        root.Find(field)?.Position ?? (outer is not null && OfWholeModel.Contains(field) ? outer.PositionOf(field) : root.Position);

    private InputException Missing(string field) =>
        new(file, root.Position, $"the field '{path}{field}' is missing; model_type {ModelType} needs it");

    private int? OptionalCount(string field) => Find(field) is DocumentNode node ? Integer(field, node, 1, SizeRule.MaxCount) : null;

    private DocumentNode? Find(string field)
    {
        _read.Add(field);
        if (root.Find(field) is DocumentNode node && node is not DocumentScalar { IsNull: true })
            return node;
        return outer is not null && OfWholeModel.Contains(field) ? outer.Find(field) : null;
    }

    private IReadOnlyList<DocumentNode> Items(string field) => Find(field) switch
    {
        null => [],
        DocumentList list => list.Items,
        DocumentNode node => throw Fault(field, $"must be a list, not {node.Describe()}"),
    };

    private int Integer(string field, DocumentNode node, int least, int most) => node is DocumentScalar { Quoted: false } scalar
        && Int128.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value)
        ? InRange(field, value, least, most) : throw Fault(field, $"must be an integer, not {node.Describe()}");

    private int InRange(string field, Int128 value, int least, int most) => value >= least && value <= most ? (int)value
        : throw Fault(field, Words.Invariant($"{value} is out of range; it must be {least} to {most}"));
}
