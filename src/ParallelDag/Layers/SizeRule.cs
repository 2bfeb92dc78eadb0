using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>The range of a size that a kind declares.</summary>
internal static class SizeRule
{
    /// <summary>The highest count of heads, experts and the like.</summary>
    public const int MaxCount = 65_536;

    /// <summary>The largest width.</summary>
    public const int MaxWidth = 1 << 24;

    /// <summary>Heads, experts and the like: at least one.</summary>
    public static IEnumerable<(string Key, string Message)> Count(string key, long value) => Between(key, value, 1, MaxCount);

    /// <summary>A width: at least one.</summary>
    public static IEnumerable<(string Key, string Message)> Width(string key, long value) => Between(key, value, 1, MaxWidth);

    /// <summary>A size within bounds.</summary>
    public static IEnumerable<(string Key, string Message)> Between(string key, long value, long least, long most) => value >= least
        && value <= most
        ? []
        : [(key, Words.Invariant($"{value} is out of range; give {least} to {most}"))];
}
