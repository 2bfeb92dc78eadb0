using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>All messages of a phase that are of one kind and go over the same axes.</summary>
internal sealed class CollectiveUse
{
    private readonly SortedSet<long> _sizes = [];
    private readonly CollectiveKind _kind;
    private Int128? _picoseconds;

    private CollectiveUse(CollectiveKind kind) => _kind = kind;

    /// <summary>Groups, over all layers and micro-batches.</summary>
    public long Groups { get; private set; }

    /// <summary>Members of the largest group.</summary>
    public int GroupSize { get; private set; }

    /// <summary>Bytes on the wire.</summary>
    public Int128 WireBytes { get; private set; }

    /// <summary>GPU-seconds over all GPUs, or null where nobody tells. (Summed in the whole picoseconds that files carry.)</summary>
    public double? GpuSeconds => _picoseconds is Int128 sum ? (double)sum / 1e12 : null;

    /// <summary>What the widest group spans; null where the graph tells no cluster.</summary>
    public GroupSpan? Widest { get; private set; }

    /// <summary>The GPUs that take part.</summary>
    public GpuSet Gpus { get; private set; } = GpuSet.Empty;

    /// <summary>How far the widest group reaches: <c>within a domain</c>, <c>over the network (2 domains)</c>.</summary>
    public string? Link => Widest is not GroupSpan span ? null : span.Level switch
    {
        LinkLevel.Domain => "within a domain of fast links",
        LinkLevel.Node => "over the bus of a node",
        _ => Words.Invariant($"over the network ({Words.Count(span.Domains, "domain")})"),
    };

    /// <summary><c>256 groups of 4, S 10 MiB, 7.5 GiB on the wire</c>, and how far.</summary>
    public string Text => string.Join(", ", new[]
    {
        _kind == CollectiveKind.SendRecv
            ? Words.Count(Groups, "message") : Words.Invariant($"{Words.Count(Groups, "group")} of {GroupSize}"),
        _sizes.Count == 0 ? null : _sizes.Count == 1 ? $"S {Quantity.FormatBytes(_sizes.Min)}"
            : $"S {Quantity.FormatBytes(_sizes.Min)} to {Quantity.FormatBytes(_sizes.Max)}",
        $"{Quantity.FormatBytes((long)Int128.Min(WireBytes, long.MaxValue))} on the wire",
        Link,
    }.OfType<string>());

    /// <summary>True when both are the same messages over alike links.</summary>
    public bool IsLike(CollectiveUse other) => Groups == other.Groups && GroupSize == other.GroupSize && WireBytes == other.WireBytes
        && _sizes.SetEquals(other._sizes) && !LinksDiffer(other) && DifferenceRows.AreAlike(GpuSeconds, other.GpuSeconds);

    /// <summary>True when both sides tell their links and the links differ.</summary>
    public bool LinksDiffer(CollectiveUse other) => Link is string own && other.Link is string link && own != link;

    /// <summary>The collectives of a graph by phase, axes and kind.</summary>
    public static Dictionary<(PhaseId? Phase, string Axes, CollectiveKind Kind), CollectiveUse> Of(Dag dag)
    {
        var uses = new Dictionary<(PhaseId?, string, CollectiveKind), CollectiveUse>();
        var gpus = new Dictionary<CollectiveUse, HashSet<int>>();
        var known = new Dictionary<(int Facts, PhaseId? Phase), CollectiveUse?>();
        var seen = new HashSet<(CollectiveUse, int)>();
        var spans = new GroupReach(dag);
        NodeTimes? times = dag.Times;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Collective == CollectiveKind.None)
                continue;
            PhaseId? phase = dag.ScopeOf(node).Phase;
            ref CollectiveUse? use = ref CollectionsMarshal.GetValueRefOrAddDefault(known, (dag.FactsColumn[node], phase), out bool exists);
            if (!exists)
            {
                var key = (phase, LinkUse.AxisOf(dag, phase, facts) ?? "", facts.Collective);
                if (!uses.TryGetValue(key, out use))
                    uses.Add(key, use = new CollectiveUse(facts.Collective));
                if (facts.Bytes is > 0 and long size && facts.Role != OperatorRole.CacheTransfer)
                    use._sizes.Add(size);
                use.GroupSize = Math.Max(use.GroupSize, facts.GroupSize);
            }

            use!.Add(dag, node, facts, times);
            if (seen.Add((use, dag.GpuColumn[node])) && dag.GpusOf(node) is GpuSet set)
                use.AddGpus(node, set, gpus, spans);
        }

        foreach ((CollectiveUse use, HashSet<int> members) in gpus)
            use.Gpus = GpuSet.FromGpus(members);
        return uses;
    }

    private void Add(Dag dag, int node, NodeFacts facts, NodeTimes? times)
    {
        Groups += facts.Members;
        WireBytes += facts.WireBytes;
        if (times is not null && dag.GpusOf(node) is GpuSet set)
            _picoseconds = (_picoseconds ?? 0) + ((Int128)times.Picoseconds[times.Ids[node]] * set.Count);
    }

    private void AddGpus(int node, GpuSet set, Dictionary<CollectiveUse, HashSet<int>> gpus, GroupReach reach)
    {
        if (!gpus.TryGetValue(this, out HashSet<int>? members))
            gpus.Add(this, members = []);
        foreach (int gpu in set)
            members.Add(gpu);
        if (reach.Of(node) is GroupSpan span && (Widest is not GroupSpan widest
            || (span.Level, span.Domains, span.Nodes).CompareTo((widest.Level, widest.Domains, widest.Nodes)) > 0))
            Widest = span;
    }
}
