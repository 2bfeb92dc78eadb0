using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// One term of a phase's memory: what there is of it once, what divides it, and what GPUs then hold. Where an axis neither divides a term
/// nor passes it by, the axis copies it; so <see cref="AllGpusBytes"/> is <see cref="WholeBytes"/> times the copies.
/// </summary>
/// <param name="Name"><c>attention</c>, <c>expert</c>, ... for weights, <c>KV cache</c>, <c>activations</c>.</param>
/// <param name="WholeBytes">Bytes of one copy; 0 for activations, which no single place holds.</param>
/// <param name="Divisors">The axes that split it, with their degrees.</param>
/// <param name="FullestGpuBytes">Bytes on the phase's fullest GPU; over all terms they add up to its total.</param>
/// <param name="AllGpusBytes">Bytes over all GPUs of the phase.</param>
public sealed record MemoryTerm(
    string Name,
    long WholeBytes,
    IReadOnlyList<KeyValuePair<string, int>> Divisors,
    long FullestGpuBytes,
    long AllGpusBytes)
{
    /// <summary>The weights' modules, as checkpoints name them; empty for other terms. A class whose weights are split unlike has a term
    /// for each
    /// way.</summary>
    public string Modules { get; init; } = "";

    /// <summary>How many copies the GPUs hold together; null for activations.</summary>
    public double? Copies => WholeBytes == 0 ? null : (double)AllGpusBytes / WholeBytes;

    /// <summary><c>pp 4, tp 2</c>; <c>-</c> for none.</summary>
    public string DividedBy => Divisors.Count == 0 ? "-"
        : string.Join(", ", Divisors.Select(axis => Words.Invariant($"{axis.Key} {axis.Value}")));
}
