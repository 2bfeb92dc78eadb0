using ParallelDag.Meshes;

namespace ParallelDag.Operators;

/// <summary>What a derived collective is called at one place of the program.</summary>
/// <param name="Stem">The place: <c>attention</c> makes <c>attention_all_reduce</c>.</param>
/// <param name="Subject">What moves, for titles: <c>attention output</c>.</param>
/// <param name="Split">The axes along which the Operator view draws separate nodes (those of the group are left out).</param>
/// <param name="FixedOp">The operator where it does not follow from stem and collective.</param>
public sealed record CollectiveSite(string Stem, string Subject, IReadOnlyList<Axis> Split, string? FixedOp = null)
{
    /// <summary>The operator: <c>attention_all_reduce</c>.</summary>
    public string Op(CollectiveKind collective) =>
        FixedOp ?? $"{Stem}_{collective.ToName()!.Replace('-', '_')}";

    /// <summary>The operator's part of a node id; tells apart two places of one operator.</summary>
    public string IdStem(CollectiveKind collective) => FixedOp is null ? Op(collective) : Stem;

    /// <summary>The title: <c>All-Reduce (attention output)</c>.</summary>
    public string Name(CollectiveKind collective) => $"{collective.ToTitle()} ({Subject})";
}
