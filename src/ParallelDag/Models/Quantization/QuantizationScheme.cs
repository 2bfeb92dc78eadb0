using ParallelDag.Precisions;

namespace ParallelDag.Models.Quantization;

/// <summary>What a checkpoint's quantisation block says: which linear layers have which format, and the format of the cache.</summary>
internal sealed record QuantizationScheme
{
    /// <summary>Formats by module; the first group that names a module decides.</summary>
    public required IReadOnlyList<QuantizationGroup> Groups { get; init; }

    /// <summary>Modules that keep the base format.</summary>
    public ModulePatterns Excluded { get; init; } = ModulePatterns.None;

    /// <summary>True when only routed experts are quantised, whatever else the block says (gpt-oss's mxfp4).</summary>
    public bool ExpertsOnly { get; init; }

    /// <summary>The cache; null: as the model computes.</summary>
    public NumberFormat? KvCache { get; init; }

    /// <summary>Fields that were met and not understood, none of which the formats follow from.</summary>
    public IReadOnlyList<UncountedField> NotCounted { get; init; } = [];

    /// <summary>True when a pattern may tell apart layers by their numbers.</summary>
    public bool NamesLayers => Excluded.NameLayers || Groups.Any(group => group.Targets?.NameLayers == true);
}

/// <summary>Modules that share a format.</summary>
/// <param name="Format">The format.</param>
/// <param name="Targets">The modules; null: every linear layer.</param>
internal sealed record QuantizationGroup(NumberFormat Format, ModulePatterns? Targets = null);
