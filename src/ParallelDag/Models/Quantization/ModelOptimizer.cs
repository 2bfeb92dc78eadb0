using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// NVIDIA Model Optimizer: <c>quant_algo</c>, <c>kv_cache_quant_algo</c>, <c>exclude_modules</c>; with <c>MIXED_PRECISION</c> an algorithm
/// a module in <c>quantized_layers</c>, and what is not listed keeps 16 bits.
/// </summary>
internal static class ModelOptimizer
{
    private const string Algorithm = "quant_algo";

    public static QuantizationScheme Read(QuantizationBlock block)
    {
        string algorithm = AlgorithmOf(block);

        // Newer blocks repeat in config_groups what quant_algo says.
        _ = block.Holds("config_groups");
        return new QuantizationScheme
        {
            Groups = algorithm == "MIXED_PRECISION" ? Mixed(block) : [new QuantizationGroup(FormatOf(block, algorithm))],
            Excluded = QuantizationReader.Excluded(block),
            KvCache = CacheOf(block),
        };
    }

    private static QuantizationGroup[] Mixed(QuantizationBlock block)
    {
        QuantizationBlock layers = block.Section("quantized_layers")
            ?? throw block.Fault("quantized_layers", "is missing; MIXED_PRECISION states an algorithm for each module there");
        return
        [
            .. layers.Sections()
                .Select(layer => (layer.Name, Format: FormatOf(layer.Block, AlgorithmOf(layer.Block))))
                .GroupBy(layer => layer.Format, layer => layer.Name)
                .Select(group => new QuantizationGroup(group.Key, block.PatternsOf("quantized_layers", group))),
        ];
    }

    private static string AlgorithmOf(QuantizationBlock block) => block.Text(Algorithm) ?? throw block.Fault(Algorithm, "is missing");

    private static NumberFormat? CacheOf(QuantizationBlock block)
    {
        if (block.Section("kv_cache_scheme") is QuantizationBlock scheme)
            return CompressedTensors.CacheOf(scheme);
        return block.Text("kv_cache_quant_algo") switch
        {
            null or "NONE" => null,
            "FP8" => NumberFormat.Fp8,
            "INT8" => NumberFormat.Int8,
            "NVFP4" => NumberFormat.NvFp4,
            string other => throw block.Fault("kv_cache_quant_algo", $"'{OneLine.Quote(other)}' is not known; known are FP8, INT8, NVFP4"),
        };
    }

    private static NumberFormat FormatOf(QuantizationBlock block, string algorithm)
    {
        int? group = block.Int("group_size");
        return algorithm switch
        {
            "FP8" => NumberFormat.Fp8,
            "FP8_PER_CHANNEL_PER_TOKEN" => NumberFormat.Fp8Channel,
            "FP8_PB_WO" or "FP8_PB_REAL" when group is null or (>= 1 and <= 65_536) => NumberFormat.Fp8Blocks(group ?? 128, group ?? 128),
            "NVFP4" or "NVFP4_AWQ" or "W4A8_NVFP4_FP8" or "W4A16_NVFP4" when group is null or 16 => NumberFormat.NvFp4,
            "W4A8_MXFP4_FP8" or "W4A16_MXFP4" when group is null or 32 => NumberFormat.MxFp4,
            "MXFP8" when group is null or 32 => NumberFormat.MxFp8,
            "W4A8_AWQ" or "W4A16_AWQ" or "W4A16" or "W4A16_GPTQ" or "W4A8_GPTQ" or "INT4_AWQ" =>
                QuantizationReader.Integers(block, Algorithm, 4, "group_size", group ?? 128),
            "INT8_SQ" or "W8A8_SQ_PER_CHANNEL" or "W8A16" => NumberFormat.Int8,
            _ when group is not null && algorithm.Contains("FP", StringComparison.Ordinal) =>
                throw block.Fault("group_size", Words.Invariant($"{OneLine.Quote(algorithm)} with groups of {group} is not known")),
            _ => throw block.Fault(Algorithm, $"'{OneLine.Quote(algorithm)}' is not known; known are FP8, FP8_PER_CHANNEL_PER_TOKEN, "
                + "FP8_PB_WO, NVFP4, NVFP4_AWQ, W4A8_NVFP4_FP8, W4A8_MXFP4_FP8, MXFP8, W4A8_AWQ, W4A16_AWQ, INT8_SQ, "
                + "W8A8_SQ_PER_CHANNEL, W8A16, MIXED_PRECISION"),
        };
    }
}
