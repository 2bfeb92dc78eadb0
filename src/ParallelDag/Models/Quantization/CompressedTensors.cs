using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// compressed-tensors (llm-compressor): groups of modules, each with the type, bits and strategy of its weights; <c>ignore</c>;
/// <c>kv_cache_scheme</c>.
/// </summary>
internal static class CompressedTensors
{
    public static QuantizationScheme Read(QuantizationBlock block)
    {
        _ = block.Text("format");
        if (block.Section("sparsity_config")?.Text("format") is string sparsity && sparsity != "dense")
            throw block.Fault("sparsity_config", $"weights sparse by '{OneLine.Quote(sparsity)}' are not read; bytes depend on values");
        QuantizationBlock groups = block.Section("config_groups") ?? throw block.Fault("config_groups", "is missing");
        var read = new List<QuantizationGroup>();
        foreach ((string _, QuantizationBlock group) in groups.Sections())
        {
            if (group.Section("weights") is QuantizationBlock weights)
                read.Add(new QuantizationGroup(FormatOf(weights), Targets(group)));
        }

        return new QuantizationScheme
        {
            // Whoever names modules comes before whoever takes all linear layers.
            Groups = [.. read.OrderBy(group => group.Targets is null)],
            Excluded = QuantizationReader.Excluded(block),
            KvCache = block.Section("kv_cache_scheme") is QuantizationBlock cache ? CacheOf(cache) : null,
        };
    }

    /// <summary>The format of a cache by its type and bits.</summary>
    internal static NumberFormat CacheOf(QuantizationBlock cache)
    {
        int bits = cache.Int("num_bits") ?? 8;
        return (cache.Text("type") ?? "float", bits) switch
        {
            ("float", 8) => NumberFormat.Fp8,
            ("int", 8) => NumberFormat.Int8,
            ("float", 4) => NumberFormat.NvFp4,
            _ => throw cache.Fault("num_bits", Words.Invariant($"a cache of {bits} bits of this type is not known")),
        };
    }

    /// <summary>The modules of a group; null: every linear layer.</summary>
    private static ModulePatterns? Targets(QuantizationBlock group)
    {
        const string Field = "targets";
        string[] targets = [.. group.Texts(Field)];
        if (targets.Length == 0 || targets.Contains("Linear", StringComparer.Ordinal))
            return null;
        if (Array.Find(targets, IsClass) is string type)
            throw group.Fault(Field, $"'{OneLine.Quote(type)}' is a class of modules; only Linear, names and re: expressions are read");
        return group.PatternsOf(Field, targets);
    }

    private static bool IsClass(string target) =>
        target.Length == 0 || (char.IsAsciiLetterUpper(target[0]) && !target.Contains('.', StringComparison.Ordinal));

    private static NumberFormat FormatOf(QuantizationBlock weights)
    {
        string type = weights.Text("type") ?? throw weights.Fault("type", "is missing; give int or float");
        int bits = weights.Int("num_bits") ?? throw weights.Fault("num_bits", "is missing");
        string strategy = weights.Text("strategy") ?? (weights.Int("group_size") is int ? "group" : "tensor");
        return (type, bits, strategy) switch
        {
            ("float", 8, "tensor") => NumberFormat.Fp8,
            ("float", 8, "channel") => NumberFormat.Fp8Channel,
            ("float", 8, "block") => QuantizationReader.BlocksOf(weights, "block_structure"),
            ("float", 8, "group") when weights.Int("group_size") == 32 => NumberFormat.MxFp8,
            ("float", 4, "tensor_group") when weights.Int("group_size") == 16 => NumberFormat.NvFp4,
            ("float", 4, "group") when weights.Int("group_size") == 32 => NumberFormat.MxFp4,
            ("int", _, "channel") => QuantizationReader.Integers(weights, "num_bits", bits, "group_size", -1),
            ("int", _, "group") => QuantizationReader.Integers(weights, "num_bits", bits, "group_size",
                weights.Int("group_size") ?? throw weights.Fault("group_size", "is missing")),
            _ => throw weights.Fault("strategy",
                Words.Invariant($"'{OneLine.Quote(strategy)}' with {OneLine.Quote(type)} of {bits} bits in these groups is not known")),
        };
    }
}
