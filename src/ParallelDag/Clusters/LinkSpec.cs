using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>A link for the alpha-beta model.</summary>
/// <param name="Bandwidth">Bytes a second and direction: of one GPU, or, between domains, of one NIC.</param>
/// <param name="Latency">Seconds for one message.</param>
public sealed record LinkSpec(double Bandwidth, double Latency)
{
    /// <summary><c>450 GB/s, 2 us</c>.</summary>
    public override string ToString() => Words.Invariant($"{Bandwidth / 1e9:0.###} GB/s, {Latency * 1e6:0.###} us");
}

/// <summary>The slowest kind of link that a message between GPUs passes.</summary>
public enum LinkLevel
{
    /// <summary>The fast links of one domain (NVLink, Infinity Fabric).</summary>
    Domain,

    /// <summary>The host's own bus, between domains of one node.</summary>
    Node,

    /// <summary>The rail-optimised network, between nodes.</summary>
    Network,
}

/// <summary>The machine-readable names of link levels.</summary>
public static class LinkLevels
{
    /// <summary><c>domain</c>, <c>node</c>, <c>network</c>.</summary>
    public static string ToName(this LinkLevel level) => level switch
    {
        LinkLevel.Domain => "domain",
        LinkLevel.Node => "node",
        _ => "network",
    };
}
