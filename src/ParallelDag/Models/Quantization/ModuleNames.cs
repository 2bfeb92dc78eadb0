using System.Collections.Concurrent;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// How checkpoints spell the modules that layers declare under one name: other stems, fused projections, numbered experts.
/// </summary>
internal static class ModuleNames
{
    private const string UsualPrefix = "model.layers.";

    private static readonly string[] Prefixes =
    [
        "model.language_model.layers.", "language_model.model.layers.", "language_model.layers.", "model.decoder.layers.",
            "backbone.layers.", "transformer.h.", "transformer.blocks.", "gpt_neox.layers.",
    ];

    private static readonly Dictionary<string, string[]> Aliases = new(StringComparer.Ordinal)
    {
        ["self_attn"] = ["self_attention", "attention", "attn", "mixer"],
        ["mlp"] = ["block_sparse_moe", "feed_forward", "mixer", "ffn"],
        ["mamba"] = ["mixer"],
        ["mixer"] = ["mamba"],
        ["experts"] = ["experts.0"],
        ["shared_experts"] = ["shared_expert", "shared_mlp"],
        ["q_proj"] = ["qkv_proj", "query_key_value", "Wqkv"],
        ["k_proj"] = ["qkv_proj", "query_key_value", "Wqkv"],
        ["v_proj"] = ["qkv_proj", "query_key_value", "Wqkv"],
        ["o_proj"] = ["out_proj", "dense"],
        ["q_a_proj"] = ["fused_qkv_a_proj_with_mqa"],
        ["kv_a_proj_with_mqa"] = ["fused_qkv_a_proj_with_mqa"],
        ["gate_proj"] = ["gate_up_proj", "w1"],
        ["up_proj"] = ["gate_up_proj", "w3"],
        ["down_proj"] = ["w2"],
        ["in_proj_qkvz"] = ["in_proj_qkv", "in_proj_z"],
    };

    private static readonly ConcurrentDictionary<string, string[]> Known = new(StringComparer.Ordinal);

    /// <summary>Every spelling of a module of a layer, its own name first.</summary>
    public static IReadOnlyList<string> Spellings(string module) => Known.GetOrAdd(module, Spell);

    /// <summary>The name of a module in the whole model.</summary>
    public static string Full(int layer, string module) => Words.Invariant($"{UsualPrefix}{layer}.{module}");

    /// <summary>The same under every prefix by which models name their layers.</summary>
    public static IEnumerable<string> FullNames(int layer, string module) =>
        Prefixes.Prepend(UsualPrefix).Select(prefix => Words.Invariant($"{prefix}{layer}.{module}"));

    /// <summary>A pattern that begins with another prefix, with the usual one.</summary>
    public static string WithUsualPrefix(string pattern)
    {
        foreach (string prefix in Prefixes)
        {
            if (pattern.StartsWith(prefix, StringComparison.Ordinal))
                return UsualPrefix + pattern[prefix.Length..];
        }

        return pattern;
    }

    private static string[] Spell(string module)
    {
        IEnumerable<string> names = [""];
        foreach (string segment in module.Split('.'))
        {
            string[] spellings = [segment, .. Aliases.GetValueOrDefault(segment, [])];
            names = names.SelectMany(name => spellings.Select(spelling => name.Length == 0 ? spelling : $"{name}.{spelling}"));
        }

        return [.. names];
    }
}
