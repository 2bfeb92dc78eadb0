using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// What a process group spans: how many domains and nodes it touches, and how many of its members are together in the fullest of each.
/// <para>
/// Worked example: GPUs 0-11 in nodes of 8 that are domains of their own: 12 members, 2 domains with 8 in the fullest, 2 nodes. On GB200
/// NVL72 (hosts of 4, domains of 72) the same GPUs are 12 members of 1 domain and 3 nodes with 4 in the fullest.
/// </para>
/// </summary>
/// <param name="Members">n, the members of the group.</param>
/// <param name="Domains">N, the domains that it touches.</param>
/// <param name="MembersPerDomain">g, its members in the fullest domain.</param>
/// <param name="Nodes">The nodes (hosts) that it touches.</param>
/// <param name="MembersPerNode">Its members in the fullest node.</param>
public readonly record struct GroupSpan(int Members, int Domains, int MembersPerDomain, int Nodes, int MembersPerNode)
{
    /// <summary>
    /// Of an exchange in which a token goes to each node once, however many of its experts are there: the bytes that a member sends over
    /// the network. Null where they follow from S.
    /// </summary>
    public double? NetworkBytes { get; init; }

    /// <summary>The slowest link that the group needs.</summary>
    public LinkLevel Level => Domains <= 1 ? LinkLevel.Domain : Nodes <= 1 ? LinkLevel.Node : LinkLevel.Network;

    /// <summary>Members whose NICs a ring drives at once where it leaves them: those of the fullest domain or node.</summary>
    public int MembersTogether => Math.Max(MembersPerDomain, MembersPerNode);

    /// <summary><c>4 GPUs, 2 a domain in 2 domains</c>.</summary>
    public override string ToString() => Domains <= 1
        ? Words.Invariant($"{Words.Count(Members, "GPU")} in one domain")
        : Words.Invariant($"{Words.Count(Members, "GPU")}, {MembersPerDomain} a domain in {Domains} domains");
}
