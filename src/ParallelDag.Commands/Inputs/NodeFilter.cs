using System.Management.Automation;
using ParallelDag.Commands.Errors;

namespace ParallelDag.Commands.Inputs;

/// <summary>Wildcard patterns over a closed vocabulary, such as operators: <c>*all_gather</c>. No pattern matches everything.</summary>
internal sealed class NamePatterns
{
    private readonly WildcardPattern[] _patterns;

    /// <param name="what">What the names are, for the message: <c>operator</c>.</param>
    /// <param name="patterns">The patterns as given, or null.</param>
    /// <param name="known">The vocabulary; a pattern without wildcards must be one of these.</param>
    /// <exception cref="ReportedException">A name that nothing can have.</exception>
    public NamePatterns(string what, string[]? patterns, IReadOnlyCollection<string> known)
    {
        foreach (string pattern in patterns ?? [])
        {
            if (!WildcardPattern.ContainsWildcardCharacters(pattern) && !known.Contains(pattern, StringComparer.OrdinalIgnoreCase))
                throw new ReportedException(ErrorRecords.NameUnknown(what, pattern, known));
        }

        _patterns = [.. (patterns ?? [])
            .Select(pattern => new WildcardPattern(pattern, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];
    }

    /// <summary>True when there is no pattern or one matches.</summary>
    public bool Match(string? name) =>
        _patterns.Length == 0 || (name is not null && Array.Exists(_patterns, pattern => pattern.IsMatch(name)));
}

/// <summary>Where a node must stand to be chosen: phase, stages, layers, GPUs. What is null is not asked.</summary>
internal sealed record NodePlace(PhaseFilter Phase, int[]? Stages, int[]? Layers, GpuSet? Gpus)
{
    /// <summary>True when the node stands there.</summary>
    public bool Holds(DagNode node) =>
        (Phase == PhaseFilter.All || (Phase == PhaseFilter.Prefill ? node.Phase == PhaseKind.Prefill : node.Phase == PhaseKind.Decode))
        && (Stages is null || (node.Stage is int stage && Stages.Contains(stage)))
        && (Layers is null || HoldsLayer(node))
        && (Gpus is null || node.Gpus?.Overlaps(Gpus) == true);

    /// <summary>A block of an overview stands for a range of layers, written <c>1-4</c>.</summary>
    private bool HoldsLayer(DagNode node) =>
        node.Layers is string layers && GpuSet.TryParse(layers, out GpuSet? range)
            ? Array.Exists(Layers!, range.Contains)
            : node.Layer is int layer && Layers!.Contains(layer);
}
