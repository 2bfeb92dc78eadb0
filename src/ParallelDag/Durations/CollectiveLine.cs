using ParallelDag.Formulas;

namespace ParallelDag.Durations;

/// <summary>How much of S an algorithm sends through the link of one GPU, for n members.</summary>
public enum LineTraffic
{
    /// <summary>Every member sends all of its buffer to every other: n-1.</summary>
    OneShot,

    /// <summary>Around a ring: 2(n-1)/n for an All-Reduce, (n-1)/n for the others.</summary>
    Ring,

    /// <summary>The switch adds (NVLink SHARP): 1 + 1/n.</summary>
    InSwitch,

    /// <summary>S once.</summary>
    One,
}

/// <summary>Where an implementation of a collective is used.</summary>
public enum LineScope
{
    /// <summary>In one domain of fast links alone (an engine's own kernels, in-switch sums).</summary>
    Domain,

    /// <summary>As the inner part of groups that span domains.</summary>
    Network,

    /// <summary>In both.</summary>
    Any,
}

/// <summary>
/// An alpha-beta line of one implementation of a collective at one range of sizes: for n members, S bytes and a link of B bytes a second
/// <code>
/// t = Latency + PerMember*(n-1) + traffic(n) * S / (B * Efficiency)
/// </code>
/// A collective takes the minimum over the lines that apply: implementations switch between algorithms so, and one line is off by 11 to
/// 18 % where two are off by 7 %.
/// </summary>
/// <param name="Collective">Which.</param>
/// <param name="Traffic">What it sends.</param>
/// <param name="Latency">Seconds for two members however small S is, less <paramref name="PerMember"/>.</param>
/// <param name="PerMember">Seconds for each further member.</param>
/// <param name="Efficiency">The share of the link's bandwidth.</param>
public sealed record CollectiveLine(CollectiveKind Collective, LineTraffic Traffic, double Latency, double PerMember, double Efficiency)
{
    /// <summary>Whose it is: <c>engine</c>, <c>NCCL</c>, <c>in-switch</c>.</summary>
    public string Implementation { get; init; } = "NCCL";

    /// <summary>Where it is used.</summary>
    public LineScope Scope { get; init; } = LineScope.Any;

    /// <summary>The fewest members that it works for.</summary>
    public int LeastMembers { get; init; } = 2;

    /// <summary>The most members that it works for.</summary>
    public int MostMembers { get; init; } = int.MaxValue;

    /// <summary>The largest S that it works for.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    /// <summary>Where the numbers come from.</summary>
    public string Source { get; init; } = "";

    /// <summary>Mean absolute relative error against what was measured; null for a guess.</summary>
    public double? Error { get; init; }

    /// <summary>True when nothing was measured.</summary>
    public bool IsGuess => Error is null;

    /// <summary>True in one domain for so many members and bytes.</summary>
    public bool AppliesInDomain(int members, double bytes) => Scope != LineScope.Network && Applies(members, bytes);

    /// <summary>True as the inner part of a group that spans domains, of which so many members are in one.</summary>
    public bool AppliesAcross(int members, double bytes) => Scope != LineScope.Domain && Applies(Math.Max(2, members), bytes);

    /// <summary>The part of the time that does not depend on S.</summary>
    public double FixedSeconds(int members) => Fixed<Real>(members).Number;

    /// <summary>The part that does.</summary>
    public double LinkSeconds(int members, double bytes, double bandwidth) => Link<Real>(members, bytes, bandwidth).Number;

    /// <summary>The part of the time that does not depend on S, as a formula.</summary>
    internal T Fixed<T>(int members)
        where T : IReal<T> => T.Real(Latency, "a0") + (T.Real(PerMember, "a1") * T.Real(members - 1, "(n - 1)"));

    /// <summary>The part that does, as a formula.</summary>
    internal T Link<T>(int members, double bytes, double bandwidth)
        where T : IReal<T> => T.Real(Factor(members), "f(n)") * T.Real(bytes, "S") / (T.Real(bandwidth, "B") * T.Real(Efficiency, "e"));

    private bool Applies(int members, double bytes) => members >= LeastMembers && members <= MostMembers && bytes <= MostBytes;

    private double Factor(int members) => Traffic switch
    {
        LineTraffic.OneShot => members - 1,
        LineTraffic.Ring => (Collective == CollectiveKind.AllReduce ? 2.0 : 1.0) * (members - 1) / members,
        LineTraffic.InSwitch => 1 + (1.0 / members),
        _ => 1,
    };
}
