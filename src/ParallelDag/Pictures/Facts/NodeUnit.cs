using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Facts;

/// <summary>What pictures count crossings by: the node, or the domain of fast links where that holds several nodes (GB200 NVL72).</summary>
internal static class NodeUnit
{
    /// <summary>Its GPUs.</summary>
    public static int Size(ClusterSpec cluster) => Math.Max(cluster.GpusPerNode, cluster.Domain);

    /// <summary><c>node</c> or <c>domain</c>.</summary>
    public static string Noun(ClusterSpec cluster) => cluster.Domain > cluster.GpusPerNode ? "domain" : "node";

    /// <summary>How far a group reaches.</summary>
    public static string Where(ClusterSpec cluster, GroupSpan span) => span.Level switch
    {
        LinkLevel.Domain => cluster.HasHostLevel ? "stays on fast links" : $"stays in a {Noun(cluster)}",
        LinkLevel.Node => "over the bus of a node",
        _ => $"spans {Words.Count(cluster.Domain > cluster.GpusPerNode ? span.Domains : span.Nodes, Noun(cluster))}",
    };

    /// <summary>What a lane of an activity is called: <c>compute</c>, <c>in the node</c>, <c>between nodes</c>.</summary>
    public static string Lane(ClusterSpec cluster, Activity activity) => activity switch
    {
        Activity.Idle => "waiting",
        Activity.Compute => "compute",
        Activity.Domain => cluster.HasHostLevel ? "on fast links" : $"in the {Noun(cluster)}",
        Activity.Node => "over the bus of a node",
        Activity.Network => $"between {Noun(cluster)}s",
        _ => "communication",
    };

    /// <summary>What a legend calls it: <c>communication between nodes</c>.</summary>
    public static string Legend(ClusterSpec cluster, Activity activity) => activity switch
    {
        Activity.Idle or Activity.Communication => Lane(cluster, activity),
        Activity.Compute => "computation",
        _ => "communication " + Lane(cluster, activity),
    };
}
