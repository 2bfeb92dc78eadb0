namespace ParallelDag.Tests.Checks.Damage;

/// <summary>One way to break a graph. <see cref="Apply"/> is false where the graph has nothing to break so.</summary>
/// <param name="Group">What is broken: GPUs, dimensions, placements, edges, nodes, experts, header, numbers.</param>
/// <param name="Name">How.</param>
/// <param name="Apply">Breaks the graph.</param>
internal sealed record DamageKind(string Group, string Name, Func<GraphUnderDamage, bool> Apply)
{
    /// <summary>Every way.</summary>
    public static IReadOnlyList<DamageKind> Every { get; } =
        [.. GpuDamage.All, .. TensorDamage.All, .. EdgeDamage.All, .. NodeDamage.All, .. NumberDamage.All];

    public override string ToString() => $"{Group}: {Name}";
}
