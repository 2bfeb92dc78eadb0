using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// AMD Quark: <c>global_quant_config</c> gives weights a type, a scheme and a group; <c>layer_quant_config</c> does so for modules by
/// pattern; <c>exclude</c>; <c>kv_cache_quant_config</c>.
/// </summary>
internal static class Quark
{
    public static QuantizationScheme Read(QuantizationBlock block)
    {
        QuantizationBlock global = block.Section("global_quant_config") ?? throw block.Fault("global_quant_config", "is missing");
        QuantizationBlock weights = global.Section("weight") ?? throw global.Fault("weight", "is missing");
        if (block.Holds("layer_type_quant_config"))
            throw block.Fault("layer_type_quant_config", "formats by class of module are not read; name modules in layer_quant_config");
        var groups = new List<QuantizationGroup>();
        foreach ((string name, QuantizationBlock layer) in block.Section("layer_quant_config")?.Sections() ?? [])
        {
            if (layer.Section("weight") is QuantizationBlock own)
                groups.Add(new QuantizationGroup(FormatOf(own), block.PatternsOf("layer_quant_config", [name])));
        }

        return new QuantizationScheme
        {
            Groups = [.. groups, new QuantizationGroup(FormatOf(weights))],
            Excluded = block.Patterns("exclude") ?? ModulePatterns.None,
            KvCache = CacheOf(block),
        };
    }

    /// <summary>The type of what the projections of keys and values put out.</summary>
    private static NumberFormat? CacheOf(QuantizationBlock block)
    {
        foreach ((string _, QuantizationBlock module) in block.Section("kv_cache_quant_config")?.Sections() ?? [])
        {
            if (module.Section("output_tensors") is QuantizationBlock output)
            {
                return output.Text("dtype") switch
                {
                    "fp8_e4m3" or "fp8_e5m2" => NumberFormat.Fp8,
                    "int8" => NumberFormat.Int8,
                    _ => throw output.Fault("dtype", "is no type of a cache; known are fp8_e4m3, fp8_e5m2, int8"),
                };
            }
        }

        return null;
    }

    private static NumberFormat FormatOf(QuantizationBlock weights)
    {
        string type = weights.Text("dtype") ?? throw weights.Fault("dtype", "is missing; give fp8_e4m3, fp4, int8 or int4");
        string scheme = weights.Text("qscheme") ?? throw weights.Fault("qscheme", "is missing; give per_tensor, per_channel or per_group");
        int? group = weights.Int("group_size");
        return (type, scheme) switch
        {
            ("fp8_e4m3" or "fp8_e5m2", "per_tensor") => NumberFormat.Fp8,
            ("fp8_e4m3" or "fp8_e5m2", "per_channel") => NumberFormat.Fp8Channel,
            ("fp8_e4m3", "per_group") when group == 32 => NumberFormat.MxFp8,
            ("fp4", "per_group") when group == 32 => NumberFormat.MxFp4,
            ("int8", "per_channel") => NumberFormat.Int8,
            ("int4" or "uint4", "per_channel") => NumberFormat.Int4Channel,
            ("int4" or "uint4", "per_group") => QuantizationReader.Integers(weights, "dtype", 4, "group_size",
                group ?? throw weights.Fault("group_size", "is missing")),
            _ => throw weights.Fault("qscheme", $"'{OneLine.Quote(scheme)}' with {OneLine.Quote(type)} is not known"),
        };
    }
}
