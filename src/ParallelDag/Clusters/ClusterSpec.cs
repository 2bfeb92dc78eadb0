using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// The GPUs of a plan and how they are joined. GPUs are numbered from 0, node after node. Three levels of links: a <i>domain</i> (GPUs that
/// share the fast links), the <i>node</i> (host) where domains are smaller than it, and the network, a NIC's bandwidth for every NIC.
/// </summary>
public sealed record ClusterSpec
{
    /// <summary>The latency of the fast links where a plan does not say.</summary>
    private const double DomainLatency = 2e-6;

    /// <summary>PCIe 4.0 x16.</summary>
    internal static readonly LinkSpec DefaultHostLink = new(32e9, 5e-6);

    private readonly int? _domain;
    private readonly int? _nicsPerNode;
    private readonly LinkSpec? _intraNode;
    private readonly LinkSpec? _hostLink;

    /// <summary>GPUs of the cluster, numbered from 0.</summary>
    public required int Gpus { get; init; }

    /// <summary>GPUs of one node (host).</summary>
    public int GpusPerNode { get; init; } = 8;

    /// <summary>GPUs that share the fast links; those of a node unless given. 72 on GB200 NVL72, whose hosts hold 4.</summary>
    public int Domain
    {
        get => _domain ?? GpusPerNode;
        init => _domain = value;
    }

    /// <summary>NICs of one node; as many as it has GPUs unless given. GPUs share them evenly.</summary>
    public int NicsPerNode
    {
        get => _nicsPerNode ?? GpusPerNode;
        init => _nicsPerNode = value;
    }

    /// <summary>The kind of GPU.</summary>
    public required DeviceProfile Gpu { get; init; }

    /// <summary>The fast links of a domain (NVLink, Infinity Fabric), per GPU and direction; the GPU's own unless given.</summary>
    public LinkSpec IntraNode
    {
        get => _intraNode ?? DomainLink(Gpu);
        init => _intraNode = value;
    }

    /// <summary>
    /// The link between domains of one node, per GPU and direction: PCIe 4.0 x16 unless given. Of use where a domain is smaller than a
    /// node.
    /// </summary>
    public LinkSpec HostLink
    {
        get => _hostLink ?? DefaultHostLink;
        init => _hostLink = value;
    }

    /// <summary>The network between nodes, per NIC and direction.</summary>
    public LinkSpec InterNode { get; init; } = new(50e9, 5e-6);

    /// <summary>Where the phases run.</summary>
    public PoolKind Pool { get; init; } = PoolKind.Unified;

    /// <summary>The fraction of a GPU's memory that is kept back for the runtime and fragmentation.</summary>
    public double MemoryReserve { get; init; } = 0.1;

    /// <summary>Bytes of one GPU that a plan may use: its memory less the reserve.</summary>
    public long CapacityBytes => (long)Math.Floor((decimal)Gpu.MemoryBytes * (1 - (decimal)MemoryReserve));

    /// <summary><c>64 x H100-SXM-80GB, 8 a node</c>.</summary>
    public override string ToString() => Words.Invariant($"{Gpus} x {Gpu.Name}, {GpusPerNode} a node")
        + (Pool == PoolKind.Unified ? "" : ", " + Pool.ToName());

    /// <summary>True where a node holds several domains, so that the host's bus joins them.</summary>
    public bool HasHostLevel => Domain < GpusPerNode;

    /// <summary>
    /// A link as one GPU has it. On the network that is its share of the node's NICs: a group with g members in a node drives g times as
    /// much there, so a group that holds all GPUs of its nodes uses all their NICs.
    /// </summary>
    public LinkSpec LinkOf(LinkLevel level) => level switch
    {
        LinkLevel.Domain => IntraNode,
        LinkLevel.Node => HostLink,
        _ when NicsPerNode == GpusPerNode => InterNode,
        _ => InterNode with { Bandwidth = InterNode.Bandwidth * NicsPerNode / GpusPerNode },
    };

    /// <summary>GPUs that reach each other without the network: those of a domain or of a node, the larger.</summary>
    internal int IslandSize => Math.Max(Domain, GpusPerNode);

    /// <summary>The number of the part of the cluster that a GPU reaches without the network: its domain or its node, the larger.</summary>
    public int IslandOf(int gpu) => gpu / IslandSize;

    /// <summary>What a process group of these GPUs spans. O(n).</summary>
    public GroupSpan SpanOf(IEnumerable<int> gpus)
    {
        var domains = new Dictionary<int, int>();
        var nodes = new Dictionary<int, int>();
        int members = 0;
        foreach (int gpu in gpus)
        {
            members++;
            domains[gpu / Domain] = domains.GetValueOrDefault(gpu / Domain) + 1;
            nodes[gpu / GpusPerNode] = nodes.GetValueOrDefault(gpu / GpusPerNode) + 1;
        }

        return new GroupSpan(members, domains.Count, Fullest(domains), nodes.Count, Fullest(nodes));

        static int Fullest(Dictionary<int, int> parts) => parts.Count == 0 ? 0 : parts.Values.Max();
    }

    /// <summary>
    /// What a process group of a stage spans, given its ranks and the GPU of each. O(n), no allocation where GPUs ascend with ranks.
    /// </summary>
    internal GroupSpan SpanOf(ReadOnlySpan<int> ranks, IReadOnlyList<int> gpuOfRank)
    {
        var count = new AscendingCount(this);
        foreach (int rank in ranks)
        {
            if (!count.Add(gpuOfRank[rank]))
                return SpanOf(ranks.ToArray().Select(member => gpuOfRank[member]));
        }

        return count.Span;
    }

    /// <summary>What a process group of these GPUs spans. O(n).</summary>
    public GroupSpan SpanOf(GpuSet gpus)
    {
        var count = new AscendingCount(this);
        foreach (int gpu in gpus)
            count.Add(gpu);
        return count.Span;
    }

    /// <summary>True when both say the same, whether they say it or leave it to a default.</summary>
    public bool Equals(ClusterSpec? other) => other is not null && Parts == other.Parts;

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.GetHashCode();

    /// <summary>The fast links of a kind of GPU: as its data sheet says, else 450 GB/s.</summary>
    internal static LinkSpec DomainLink(DeviceProfile gpu) => new(gpu.LinkBandwidth > 0 ? gpu.LinkBandwidth : 450e9, DomainLatency);

    private (int, int, int, int, DeviceProfile, LinkSpec, LinkSpec, LinkSpec, PoolKind, double) Parts =>
        (Gpus, GpusPerNode, Domain, NicsPerNode, Gpu, IntraNode, HostLink, InterNode, Pool, MemoryReserve);

    /// <summary>Counts the domains and nodes of GPUs that come in ascending order.</summary>
    private struct AscendingCount(ClusterSpec cluster)
    {
        private readonly int _domain = cluster.Domain;
        private readonly int _node = cluster.GpusPerNode;
        private int _members, _domains, _nodes, _fullestDomain, _fullestNode, _inDomain, _inNode;
        private int _before = -1;

        public readonly GroupSpan Span => new(_members, _domains, _fullestDomain, _nodes, _fullestNode);

        /// <summary>Takes one more; false for one that does not ascend.</summary>
        public bool Add(int gpu)
        {
            if (gpu <= _before)
                return false;
            bool sameDomain = _before >= 0 && gpu / _domain == _before / _domain, sameNode = _before >= 0 && gpu / _node == _before / _node;
            (_domains, _inDomain) = sameDomain ? (_domains, _inDomain + 1) : (_domains + 1, 1);
            (_nodes, _inNode) = sameNode ? (_nodes, _inNode + 1) : (_nodes + 1, 1);
            (_fullestDomain, _fullestNode) = (Math.Max(_fullestDomain, _inDomain), Math.Max(_fullestNode, _inNode));
            (_members, _before) = (_members + 1, gpu);
            return true;
        }
    }
}
