using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// Every collective of a graph by phase and operator: its group, what the group spans and by which link, S, its time, and its share of the
/// time in which GPUs are busy; and how that time divides into computing and communicating.
/// </summary>
internal static class CollectiveSection
{
    private const int MostRows = 64;

    /// <summary>The table of collectives.</summary>
    public static void Write(Page page, Dag dag)
    {
        if (dag.Header.Cluster is not ClusterSpec cluster || dag.Detail == DetailLevel.Overview)
            return;
        var rows = new Dictionary<Key, Row>();
        Dictionary<PhaseId, Busy> busy = BusyOf(dag);
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Collective == CollectiveKind.None || dag.ScopeOf(node).Phase is not PhaseId phase
                || SpanOf(dag, node, cluster) is not GroupSpan span)
                continue;
            var key = new Key(phase, facts.Name, span, facts.GroupSize, facts.Bytes, dag.Times?[node].Seconds);
            if (!rows.TryGetValue(key, out Row? row))
                rows.Add(key, row = new Row(facts));
            row.Groups += facts.Groups ?? 0;
            row.GpuSeconds += (dag.Times?[node].Seconds ?? 0) * (dag.GpusOf(node)?.Count ?? 0);
        }

        page.Table(
            ["phase", "collective", "group", "groups", "spans", "link", "S of a group", "time", "share of busy time"],
            rows.OrderBy(row => row.Key.Phase).Select(entry => new[]
            {
                entry.Key.Phase.ToName(), Markdown.Text(entry.Key.Name), Group(dag, entry.Key, entry.Value.First),
                Page.Number(entry.Value.Groups), Spans(entry.Key.Span), Link(cluster, entry.Key.Span),
                entry.Key.Bytes is long bytes ? Page.Bytes(bytes) : "differs", Time(entry.Key.Seconds),
                Share(entry.Value.GpuSeconds, busy.GetValueOrDefault(entry.Key.Phase)?.All ?? 0),
            }),
            MostRows);
    }

    /// <summary>How the busy time of GPUs divides, by phase.</summary>
    public static void WriteUtilisation(Page page, Dag dag)
    {
        if (dag.Header.Cluster is not ClusterSpec cluster || dag.Times is null || dag.Detail == DetailLevel.Overview)
            return;
        page.Bullets(BusyOf(dag).OrderBy(entry => entry.Key).Where(entry => entry.Value.All > 0).Select(entry =>
        {
            Busy busy = entry.Value;
            double reading = busy.HbmBytes / cluster.Gpu.MemoryBandwidth;
            return $"{entry.Key.ToTitle()}: of the time in which its GPUs are busy they compute {Share(busy.Computing, busy.All)} and "
                + $"communicate {Share(busy.All - busy.Computing, busy.All)}; while they compute they reach "
                + $"{Share(busy.PeakSeconds, busy.Computing)} of peak FLOPS and {Share(reading, busy.Computing)} of memory bandwidth";
        }));
    }

    private static Dictionary<PhaseId, Busy> BusyOf(Dag dag)
    {
        var busy = new Dictionary<PhaseId, Busy>();
        if (dag.Times is not NodeTimes times)
            return busy;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (dag.ScopeOf(node).Phase is not PhaseId phase)
                continue;
            NodeFacts facts = dag.FactsOf(node);
            if (!busy.TryGetValue(phase, out Busy? sum))
                busy.Add(phase, sum = new Busy());
            int gpus = dag.GpusOf(node)?.Count ?? 0;
            double seconds = times[node].Seconds * gpus;
            sum.All += seconds;
            if (facts.Collective != CollectiveKind.None)
                continue;
            sum.Computing += seconds;
            sum.HbmBytes += (double)facts.HbmBytes * gpus;
            if (facts.Rate is { } rate)
                sum.PeakSeconds += (double)facts.Flops / dag.Header.Cluster!.Gpu.PeakFlops(rate);
        }

        return busy;
    }

    /// <summary>What the slowest group of a node spans: as the generator noted, or, of a node that is one group, its GPUs.</summary>
    private static GroupSpan? SpanOf(Dag dag, int node, ClusterSpec cluster) =>
        dag.SpanOf(node) ?? (dag.FactsOf(node).Groups == 1 && dag.GpusOf(node) is GpuSet gpus ? cluster.SpanOf(gpus) : null);

    /// <summary><c>ep 4</c>: the axes of the operator that have as many ranks as the group, with the group's size.</summary>
    private static string Group(Dag dag, Key key, NodeFacts facts)
    {
        if (facts.Op == Ops.KvTransfer)
            return Words.Count(facts.Members, "receiver");
        DagPhase? phase = dag.Phases.FirstOrDefault(phase => phase.Phase == key.Phase);
        foreach (IReadOnlyList<Axis> axes in facts.Operator?.GroupAxes ?? [])
        {
            string[] names = [.. axes.Select(axis => axis.ToName()).Where(axis => phase?.Axes.GetValueOrDefault(axis, 1) > 1)];
            if (names.Length > 0 && names.Aggregate(1L, (product, axis) => product * phase!.Axes[axis]) == key.GroupSize)
                return Words.Invariant($"{string.Join(" and ", names)}, {key.GroupSize} GPUs");
        }

        return Words.Invariant($"{key.GroupSize} GPUs");
    }

    private static string Spans(GroupSpan span) => span.Nodes <= 1 ? "1 node"
        : Words.Invariant($"{span.Nodes} nodes, {Words.Count(span.MembersPerNode, "GPU")} in the fullest")
            + (span.Domains == 1 ? ", one domain" : span.Domains == span.Nodes ? "" : Words.Invariant($", {span.Domains} domains"));

    private static string Link(ClusterSpec cluster, GroupSpan span)
    {
        LinkSpec link = cluster.LinkOf(span.Level);
        return Words.Invariant($"{span.Level.ToName()}, {link.Bandwidth / 1e9:0.#} GB/s a GPU");
    }

    private static string Time(double? seconds) => seconds is not double known ? ""
        : known >= 1e-3 ? Words.Invariant($"{known * 1e3:0.###} ms") : Words.Invariant($"{known * 1e6:0.#} us");

    private static string Share(double part, double whole) => whole <= 0 ? "" : Words.Invariant($"{part / whole * 100:0.#} %");

    private readonly record struct Key(PhaseId Phase, string Name, GroupSpan Span, int GroupSize, long? Bytes, double? Seconds);

    private sealed class Row(NodeFacts first)
    {
        public NodeFacts First { get; } = first;

        public long Groups { get; set; }

        public double GpuSeconds { get; set; }
    }

    /// <summary>GPU-seconds of one phase.</summary>
    private sealed class Busy
    {
        public double All { get; set; }

        public double Computing { get; set; }

        /// <summary>The seconds that its operations would take at peak.</summary>
        public double PeakSeconds { get; set; }

        public double HbmBytes { get; set; }
    }
}
