using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// Reads a quantisation block, of a <c>config.json</c> (<c>quantization_config</c>) or of the <c>hf_quant_config.json</c> beside it. Each
/// method has its reader; a method or a number of bits that is not known is an error at its field.
/// </summary>
internal static class QuantizationReader
{
    private static readonly Dictionary<string, Func<QuantizationBlock, QuantizationScheme>> Methods = new(StringComparer.Ordinal)
    {
        ["fp8"] = ReadFp8,
        ["fbgemm_fp8"] = block => Everything(NumberFormat.Fp8Channel, block),
        ["mxfp4"] = block => Everything(NumberFormat.MxFp4, block) with { ExpertsOnly = true },
        ["compressed-tensors"] = CompressedTensors.Read,
        ["awq"] = ReadGroupedIntegers,
        ["gptq"] = ReadGroupedIntegers,
        ["modelopt"] = ModelOptimizer.Read,
        ["modelopt_fp4"] = ModelOptimizer.Read,
        ["quark"] = Quark.Read,
    };

    /// <summary>The scheme of a <c>quantization_config</c>.</summary>
    /// <exception cref="InputException">A field is missing or not understood.</exception>
    public static QuantizationScheme Read(QuantizationBlock block)
    {
        string method = block.Text("quant_method") ?? (block.Holds("config_groups") ? "compressed-tensors"
            : throw block.Fault("quant_method", $"is missing; known are {Known}"));
        if (!Methods.TryGetValue(method, out Func<QuantizationBlock, QuantizationScheme>? read))
        {
            throw block.Fault("quant_method", method == "bitsandbytes"
                ? "'bitsandbytes' quantises while it loads, so that a checkpoint's bytes do not follow from this block; "
                    + "take the unquantised config.json and state the formats in the plan"
                : $"'{OneLine.Quote(method)}' is not known; known are {Known}");
        }

        QuantizationScheme scheme = read(block);
        return scheme with { NotCounted = block.Unread() };
    }

    private static string Known => string.Join(", ", Methods.Keys.Order(StringComparer.Ordinal));

    /// <summary>One format for every linear layer that is not excluded.</summary>
    internal static QuantizationScheme Everything(NumberFormat format, QuantizationBlock block) => new()
    {
        Groups = [new QuantizationGroup(format)],
        Excluded = Excluded(block),
    };

    /// <summary>The modules that keep 16 bits.</summary>
    internal static ModulePatterns Excluded(QuantizationBlock block) =>
        block.Patterns("modules_to_not_convert", "ignored_layers", "ignore", "exclude_modules") ?? ModulePatterns.None;

    /// <summary>fp8: per tensor, or in blocks of <c>weight_block_size</c> (DeepSeek-V3, Qwen3).</summary>
    private static QuantizationScheme ReadFp8(QuantizationBlock block)
    {
        const string Field = "weight_block_size";
        if (!block.Holds(Field))
            return Everything(NumberFormat.Fp8, block);
        return Everything(BlocksOf(block, Field), block);
    }

    /// <summary>fp8 in the blocks that a field gives.</summary>
    internal static NumberFormat BlocksOf(QuantizationBlock block, string field)
    {
        IReadOnlyList<int> sizes = block.IntList(field);
        return sizes.Count == 2 && sizes.All(size => size is >= 1 and <= 65_536)
            ? NumberFormat.Fp8Blocks(sizes[0], sizes[1])
            : throw block.Fault(field, "must be two sizes, rows and columns, such as [128, 128]");
    }

    /// <summary>awq and gptq: integers of <c>bits</c> with a scale per <c>group_size</c> elements; -1 is one an output.</summary>
    private static QuantizationScheme ReadGroupedIntegers(QuantizationBlock block)
    {
        int bits = block.Int("bits") ?? block.Int("w_bit") ?? throw block.Fault("bits", "is missing");
        int group = block.Int("group_size") ?? block.Int("q_group_size") ?? throw block.Fault("group_size", "is missing");
        if (block.Holds("dynamic"))
            throw block.Fault("dynamic", "formats of single modules are not read; give one format for all");
        if (block.Bool("lm_head"))
            throw block.Fault("lm_head", "a quantised LM head is not read; it is counted in 16 bits everywhere");
        return Everything(Integers(block, "bits", bits, "group_size", group), block);
    }

    /// <summary>Integers of 4 or 8 bits in groups; a negative group is a whole row.</summary>
    internal static NumberFormat Integers(QuantizationBlock block, string bitsField, int bits, string groupField, int group)
    {
        if (bits is not (4 or 8))
            throw block.Fault(bitsField, Words.Invariant($"integers of {bits} bits are not known; known are 4 and 8"));
        if (group is 0 or < -1 or > 65_536)
            throw block.Fault(groupField, Words.Invariant($"{group} is no group; give a number of elements, or -1 for a row"));
        return (bits, group) switch
        {
            (4, < 0) => NumberFormat.Int4Channel,
            (4, _) => NumberFormat.Int4(group),
            (_, < 0) => NumberFormat.Int8,
            _ => NumberFormat.Int8Groups(group),
        };
    }
}
