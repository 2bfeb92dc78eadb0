using ParallelDag.Documents;
using ParallelDag.Models.Families;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>A quantisation block: its fields, where it stands, and which fields were looked at.</summary>
/// <param name="map">The block.</param>
/// <param name="file">The file as the user named it.</param>
/// <param name="path">The block's own field in that file, for messages.</param>
internal sealed class QuantizationBlock(DocumentMap map, string? file, string path)
{
    private static readonly HashSet<string> Irrelevant = new(StringComparer.Ordinal)
    {
        "quant_method", "producer", "version", "backend", "activation_scheme", "fmt", "scale_fmt", "quantization_status",
        "global_compression_ratio", "desc_act", "act_order", "static_groups", "true_sequential", "damp_percent", "zero_point", "sym",
        "checkpoint_format", "pack_dtype", "meta", "model_file_base_name", "model_name_or_path", "dataset", "tokenizer",
        "block_name_to_quantize", "cache_block_outputs", "exllama_config", "use_exllama", "max_input_length",
        "module_name_preceding_first_block", "batch_size",
        "pad_token_id", "use_cuda_fp16", "do_fuse", "fuse_max_seq_len", "modules_to_fuse", "activation_scale_ub", "dequantize",
        "transform_config", "is_marlin_format", "quantizer", "has_zero_point", "smooth_quant",
        "algo_config", "export", "quant_mode", "softmax_quant_spec",
    };

    private readonly ConfigFields _fields = new(map, file, "");
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>A text, or null.</summary>
    public string? Text(string field) => _fields.Text(Read(field), "") is { Length: > 0 } text ? text : null;

    /// <summary>An integer, or null.</summary>
    public int? Int(string field) => _fields.Signed(Read(field));

    /// <summary>A switch; false when absent.</summary>
    public bool Bool(string field) => _fields.Bool(Read(field), false);

    /// <summary>A list of integers; empty when absent.</summary>
    public IReadOnlyList<int> IntList(string field) => _fields.IntList(Read(field));

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string field) => _fields.TextList(Read(field));

    /// <summary>The list of modules under one of some names; null when there is none.</summary>
    public ModulePatterns? Patterns(params IReadOnlyList<string> fields)
    {
        ModulePatterns? patterns = null;
        foreach (string field in fields.Where(field => Texts(field).Count > 0))
        {
            if (patterns is not null)
                throw Fault(field, "a second list of modules; keep one");
            patterns = PatternsOf(field, Texts(field));
        }

        return patterns;
    }

    /// <summary>Patterns that a field holds.</summary>
    public ModulePatterns PatternsOf(string field, IEnumerable<string> patterns)
    {
        try
        {
            return new ModulePatterns(patterns);
        }
        catch (ArgumentException fault)
        {
            throw Fault(field, $"an expression cannot be read: {fault.Message}");
        }
    }

    /// <summary>A block in the block, or null.</summary>
    public QuantizationBlock? Section(string field) => map.Find(Read(field)) switch
    {
        null or DocumentScalar { IsNull: true } => null,
        DocumentMap section => new QuantizationBlock(section, file, $"{path}.{field}"),
        DocumentNode other => throw Fault(field, $"must be a mapping, not {other.Describe()}"),
    };

    /// <summary>The blocks in the block, by name.</summary>
    public IEnumerable<(string Name, QuantizationBlock Block)> Sections() =>
        map.Entries.Select(entry => (entry.Key, Section(entry.Key) ?? throw Fault(entry.Key, "must be a mapping, not nothing")));

    /// <summary>True when the field holds anything: no null, no empty list or mapping.</summary>
    public bool Holds(string field) => map.Find(Read(field)) switch
    {
        null or DocumentScalar { IsNull: true } or DocumentList { Items.Count: 0 } or DocumentMap { Entries.Count: 0 } => false,
        _ => true,
    };

    /// <summary>The fields that nobody asked for and that are not known to be irrelevant.</summary>
    public IReadOnlyList<UncountedField> Unread() =>
    [
        .. map.Entries.Where(entry => !_read.Contains(entry.Key) && !Irrelevant.Contains(entry.Key))
            .Select(entry => new UncountedField(OneLine.Of($"{path}.{entry.Key}", 100), "not understood; formats are counted without it")),
    ];

    /// <summary>An error at a field, or at the block where the field is missing.</summary>
    public InputException Fault(string field, string message) => new(
        file,
        map.Entries.FirstOrDefault(entry => entry.Key == field)?.Value.Position ?? map.Position,
        OneLine.Of($"{path}.{field}: {message}"));

    private string Read(string field)
    {
        _read.Add(field);
        return field;
    }
}
