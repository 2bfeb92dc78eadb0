using System.Globalization;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// The network as ASTRA-sim's analytical backend takes it: a fully connected dimension for each level of links that the pool spans.
/// Bandwidth in units of 2^30 bytes a second (the backend calls them GB/s), latency in nanoseconds. A switch would double the latency.
/// </summary>
internal sealed class NetworkTiers
{
    private const double BackendGigabyte = 1L << 30;

    private readonly (int Count, LinkSpec Link)[] _tiers;

    /// <summary>The levels of a cluster that a number of ranks spans.</summary>
    public NetworkTiers(ClusterSpec cluster, int ranks)
    {
        var tiers = new List<(int Count, LinkSpec Link)>();
        int joined = 1;
        foreach ((int size, LinkLevel level) in new[]
        {
            (cluster.Domain, LinkLevel.Domain), (cluster.GpusPerNode, LinkLevel.Node), (ranks, LinkLevel.Network),
        })
        {
            int reach = Math.Min(size, ranks);
            if (reach <= joined)
                continue;
            IsRegular &= reach % joined == 0;
            tiers.Add((reach / joined, cluster.LinkOf(level)));
            joined = reach;
        }

        _tiers = IsRegular && tiers.Count > 0 ? [.. tiers] : [(ranks, cluster.LinkOf(LinkLevel.Domain))];
    }

    /// <summary>False where the ranks do not fill domains and nodes, so that the file has one tier for all.</summary>
    public bool IsRegular { get; } = true;

    /// <summary>How many dimensions there are.</summary>
    public int Count => _tiers.Length;

    /// <summary>The content of <c>network.yml</c>.</summary>
    public string ToYaml() =>
        $"topology: [ {List(_ => "FullyConnected")} ]\n"
        + $"npus_count: [ {List(tier => tier.Count.ToString(CultureInfo.InvariantCulture))} ]\n"
        + $"bandwidth: [ {List(tier => PlainNumber.Text(tier.Link.Bandwidth / BackendGigabyte))} ]\n"
        + $"latency: [ {List(tier => PlainNumber.Text(Math.Round(tier.Link.Latency * 1e9, 6)))} ]\n";

    /// <summary>
    /// True for two ranks that differ in more than one dimension: the backend routes along the first one alone, as if they were in one
    /// node.
    /// </summary>
    public bool IsShortened(int first, int second)
    {
        int differing = 0;
        for (int i = 0; i < _tiers.Length; i++)
        {
            differing += first % _tiers[i].Count != second % _tiers[i].Count ? 1 : 0;
            first /= _tiers[i].Count;
            second /= _tiers[i].Count;
        }

        return differing > 1;
    }

    /// <summary>What a simulation with this network will get wrong, counted in the traces; null when nothing.</summary>
    public string? Warning(TraceActions actions, GroupTable groups)
    {
        if (!IsRegular)
            return Words.Invariant($"{Words.Count(actions.Ranks.Count, "rank")} do not fill the nodes of the cluster, so the network has ")
                + "one tier with the links inside a node; what passes between nodes will be too fast";
        if (Count == 1)
            return null;
        long messages = actions.Messages.Count(message => IsShortened(message.Source, message.Target));
        long edges = 0;
        long[] ofGroup = [.. groups.Groups.Select(group => (long)Enumerable.Range(0, group.Length)
            .Count(i => IsShortened(group[i], group[(i + 1) % group.Length])))];
        for (int id = 1; id <= actions.Count; id++)
        {
            int node = actions.NodeOf(id);
            if (GroupTable.IsGroup(actions.Dag, node))
                edges += ofGroup[groups.IdOf(actions.Dag.GpuColumn[node]) - 1];
        }

        return edges + messages == 0 ? null
            : $"the network has {Count} tiers, and ASTRA-sim routes along the first in which two ranks differ: "
                + $"{Words.Count(edges, "ring edge")} of collectives and {Words.Count(messages, "message")} "
                + "join GPUs of different nodes at different places in them and will run as if inside a node; for numbers to "
                + "compare set gpusPerNode to all GPUs";
    }

    private string List(Func<(int Count, LinkSpec Link), string> text) => string.Join(", ", _tiers.Select(text));
}
