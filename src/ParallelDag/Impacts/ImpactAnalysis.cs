using ParallelDag.Checks;
using ParallelDag.Comparisons;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Migrations;
using ParallelDag.Wording;

namespace ParallelDag.Impacts;

/// <summary>Tells what happens when GPUs fail.</summary>
public static class ImpactAnalysis
{
    /// <summary>The GPUs of nodes or domains of a cluster, by number from 0.</summary>
    /// <exception cref="InputException">There is no such node or domain.</exception>
    public static GpuSet GpusOf(ClusterSpec? cluster, string noun, IReadOnlyList<int> numbers)
    {
        if (cluster is null)
            throw new InputException($"the graph does not tell its cluster, so nobody knows its {noun}s; name GPUs instead");
        int size = noun == "domain" ? cluster.Domain : cluster.GpusPerNode, count = (cluster.Gpus + size - 1) / size;
        foreach (int number in numbers)
        {
            if (number < 0 || number >= count)
                throw new InputException(Words.Invariant($"there is no {noun} {number}; the cluster has {noun}s 0 to {count - 1}"));
        }

        return GpuSet.UnionAll(numbers.Select(number => GpuSet.Range(number * size, Math.Min(cluster.Gpus, (number + 1) * size) - 1)));
    }

    /// <summary>The impact of losing GPUs.</summary>
    /// <param name="dag">The graph at Operator or Device level.</param>
    /// <param name="plan">Its plan, which alone tells bytes; null for a graph from a file.</param>
    /// <param name="lost">The GPUs.</param>
    /// <exception cref="InputException">Nothing runs on any of them, or the graph names no GPUs.</exception>
    public static DagImpact Of(Dag dag, DeploymentPlan? plan, GpuSet lost) => Of(new Whole(dag, plan), lost);

    /// <summary>The impact of each node (host) of the cluster on which something runs, one after the other.</summary>
    /// <exception cref="InputException">The graph does not tell its cluster.</exception>
    public static IReadOnlyList<DagImpact> OfNodes(Dag dag, DeploymentPlan? plan, CancellationToken cancellation = default)
    {
        var whole = new Whole(dag, plan);
        int[] nodes = dag.Header.Cluster is ClusterSpec cluster
            ? [.. whole.Used.AsEnumerable().Select(gpu => gpu / cluster.GpusPerNode).Distinct()] : [0];
        var impacts = new List<DagImpact>();
        foreach (int node in nodes)
        {
            cancellation.ThrowIfCancellationRequested();
            impacts.Add(Of(whole, GpusOf(dag.Header.Cluster, "node", [node])));
        }

        return impacts;
    }

    private static DagImpact Of(Whole whole, GpuSet lost)
    {
        Dag dag = whole.Dag;
        if (whole.Used.IsEmpty)
            throw new InputException($"{dag.Name} names no GPUs, so losing some tells nothing; check it: rule PD003 names the nodes");
        if (!whole.Used.Overlaps(lost))
        {
            throw new InputException(
                $"nothing of {dag.Name} runs on {lost.Named}; it uses GPUs {whole.Used}");
        }

        Holdings? weights = whole.Weights, cache = whole.Cache;
        (long Bytes, long Elsewhere) ofWeights = Count(weights, lost), ofCache = Count(cache, lost);
        return new DagImpact(
            dag.Name, lost, [.. whole.Units.Select(unit => new ServingUnit(unit.Phase, unit.Gpus, unit.Gpus.Overlaps(lost)))])
        {
            Operators = Operators(dag, lost),
            Groups = Groups(dag, lost),
            Experts = Experts(whole.Copies, lost),
            CacheBytes = cache is null ? null : ofCache.Bytes,
            CacheBytesElsewhere = cache is null ? null : ofCache.Elsewhere,
            SequencesLost = cache is null ? null : Sequences(cache, lost),
            WeightBytes = weights is null ? null : ofWeights.Bytes,
            WeightBytesElsewhere = weights is null ? null : ofWeights.Elsewhere,
            SmallestOutage = whole.SmallestOutage,
            SmallestStop = whole.SmallestStop,
        };
    }

    /// <summary>Bytes on lost GPUs, and of them those that others hold whole.</summary>
    private static (long Bytes, long Elsewhere) Count(Holdings? holdings, GpuSet lost)
    {
        long bytes = 0, elsewhere = 0;
        foreach (HeldTensor held in holdings?.All ?? [])
        {
            foreach (Holder holder in holdings!.Of(held).Where(holder => lost.Contains(holder.Gpu)))
            {
                long size = holdings.Bytes(held, holder.Box);
                bytes = checked(bytes + size);
                if (holdings.Of(held).Any(other => !lost.Contains(other.Gpu) && other.Box.Common(holder.Box) == holder.Box))
                    elsewhere = checked(elsewhere + size);
            }
        }

        return (bytes, elsewhere);
    }

    /// <summary>Sequences of which a part of the cache is on lost GPUs alone.</summary>
    private static long Sequences(Holdings cache, GpuSet lost)
    {
        var ranges = new HashSet<(long Start, long Length)>();
        foreach (HeldTensor held in cache.All)
        {
            foreach (Holder holder in cache.Of(held).Where(holder => lost.Contains(holder.Gpu)))
            {
                if (!cache.Of(held).Any(other => !lost.Contains(other.Gpu) && other.Box.Common(holder.Box) == holder.Box))
                    ranges.Add(holder.Box.First);
            }
        }

        return ranges.Count == 0 ? 0 : GpuSet.FromGpus(ranges.SelectMany(range =>
            Enumerable.Range((int)range.Start, (int)range.Length))).Count;
    }

    private static List<ImpactedOperator> Operators(Dag dag, GpuSet lost)
    {
        var found = new Dictionary<(PhaseId? Phase, string Title), (int Nodes, HashSet<int> Layers)>();
        var overlaps = new GpuOverlaps(dag, lost);
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (!overlaps.At(node))
                continue;
            NodeFacts facts = dag.FactsOf(node);
            var key = (dag.ScopeOf(node).Phase, facts.Operator?.Title ?? facts.Name);
            (int nodes, HashSet<int> layers) = found.TryGetValue(key, out var known) ? known : (0, []);
            if (dag.ScopeOf(node).Layer is int layer)
                layers.Add(layer);
            found[key] = (nodes + 1, layers);
        }

        return [.. found.Select(entry => new ImpactedOperator(entry.Key.Phase, entry.Key.Title, entry.Value.Nodes,
            DifferenceRows.Layers(entry.Value.Layers)))];
    }

    private static List<ImpactedGroup> Groups(Dag dag, GpuSet lost)
    {
        var groups = new NodeGroups(dag);
        var found = new List<ImpactedGroup>();
        var seen = new HashSet<ImpactedGroup>();
        var looked = new HashSet<(int, int, PhaseId?)>();
        var overlaps = new GpuOverlaps(dag, lost);
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            PhaseId? phase = dag.ScopeOf(node).Phase;
            if (facts.Collective == CollectiveKind.None || facts.Role is OperatorRole.CacheTransfer || !overlaps.At(node)
                || !looked.Add((dag.FactsColumn[node], dag.GpuColumn[node], phase)))
                continue;
            string axes = LinkUse.AxisOf(dag, phase, facts) ?? "";
            foreach (int[] group in groups.Of(node) ?? [dag.GpusOf(node)!.ToArray()])
            {
                var row = new ImpactedGroup(phase, axes, GpuSet.FromGpus(group));
                if (row.Gpus.Overlaps(lost) && seen.Add(row))
                    found.Add(row);
            }
        }

        return [.. found.OrderBy(group => group.Phase).ThenBy(group => group.Axes, StringComparer.Ordinal).ThenBy(group => group.Gpus)];
    }

    private static List<ImpactedExperts> Experts(
        Dictionary<(PhaseId? Phase, int Layer, int Expert), HashSet<GpuSet>> copies, GpuSet lost)
    {
        // Another set of the phase's instances has copies too.
        var ofPhases = copies.ToLookup(entry => (entry.Key.Phase?.Kind, entry.Key.Layer, entry.Key.Expert), entry => entry.Value);
        return [.. copies.Where(entry => entry.Value.Any(copy => copy.Overlaps(lost)))
            .GroupBy(entry => (entry.Key.Phase, entry.Key.Layer,
                Left: GpuSet.UnionAll(ofPhases[(entry.Key.Phase?.Kind, entry.Key.Layer, entry.Key.Expert)]
                    .SelectMany(homes => homes).Where(copy => !copy.Overlaps(lost)))))
            .GroupBy(layer => (layer.Key.Phase, Experts: GpuSet.FromGpus(layer.Select(entry =>
                entry.Key.Expert)).ToString(), layer.Key.Left))
            .Select(alike => new ImpactedExperts(alike.Key.Phase, alike.Key.Experts,
                DifferenceRows.Layers(alike.Select(layer => layer.Key.Layer))!, alike.Key.Left))];
    }

    /// <summary>Of every expert the GPUs that hold a whole copy of it together.</summary>
    private static Dictionary<(PhaseId? Phase, int Layer, int Expert), HashSet<GpuSet>> CopiesOf(Dag dag)
    {
        var meshes = new NodeGroups(dag);
        var copies = new Dictionary<(PhaseId? Phase, int Layer, int Expert), HashSet<GpuSet>>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeScope scope = dag.ScopeOf(node);
            if (dag.FactsOf(node).Experts is not string text || scope.Layer is not int layer || dag.GpusOf(node) is not GpuSet gpus
                || !GpuSet.TryParse(text, out GpuSet? experts))
                continue;
            GpuSet[] wholes = Wholes(scope.Phase is PhaseId phase ? meshes.MeshOf(phase) : null, gpus);
            foreach (int expert in experts)
            {
                if (!copies.TryGetValue((scope.Phase, layer, expert), out HashSet<GpuSet>? homes))
                    copies.Add((scope.Phase, layer, expert), homes = []);
                homes.UnionWith(wholes);
            }
        }

        return copies;
    }

    /// <summary>The GPUs of a node that hold whole copies of its experts: those that share an expert's matrices together.</summary>
    private static GpuSet[] Wholes(PhaseMesh? mesh, GpuSet gpus)
    {
        if (mesh is null)
            return [gpus];
        GroupMap groups = mesh.Groups(mesh.IsFolded ? Axis.Etp : Axis.Tp);
        return [.. mesh.Gpus.Where(gpu => groups.GroupOfRank[mesh.RankOf(gpu)] is int group
            && gpus.AsEnumerable().Any(own => mesh.RankOf(own) is int rank and >= 0 && groups.GroupOfRank[rank] == group))
            .GroupBy(gpu => groups.GroupOfRank[mesh.RankOf(gpu)]).Select(group => GpuSet.FromGpus(group))];
    }

    /// <summary>What a graph has before it loses anything; made once for all losses.</summary>
    private sealed class Whole(Dag dag, DeploymentPlan? plan)
    {
        public Dag Dag => dag;

        public IReadOnlyList<(PhaseId? Phase, GpuSet Gpus)> Units { get; } = ServingUnits.Of(dag);

        public GpuSet Used => field ??= GpuSet.UnionAll(Units.Select(unit => unit.Gpus));

        public Holdings? Weights => plan is null ? null : field ??= Holdings.OfWeights(plan);

        public Holdings? Cache => plan is null ? null : field ??= Holdings.OfCache(plan);

        public Dictionary<(PhaseId? Phase, int Layer, int Expert), HashSet<GpuSet>> Copies => field ??= CopiesOf(dag);

        public GpuSet SmallestOutage => field ??= GpuSet.FromGpus(UnitsOfPhases.MinBy(phase => phase.Length)!.Select(unit => unit.First));

        public GpuSet SmallestStop => field ??=
            Impacts.SmallestOutage.Of(UnitsOfPhases[0], UnitsOfPhases.Length > 1 ? UnitsOfPhases[1] : []);

        private GpuSet[][] UnitsOfPhases =>
            field ??= [.. Units.GroupBy(unit => unit.Phase?.Kind).Select(phase => phase.Select(unit => unit.Gpus).ToArray())];
    }

    /// <summary>Whether nodes run on any of some GPUs; asked once for each set.</summary>
    private sealed class GpuOverlaps(Dag dag, GpuSet lost)
    {
        private readonly bool?[] _known = new bool?[dag.GpuTable.Length];

        public bool At(int node) => _known[dag.GpuColumn[node]] ??= dag.GpusOf(node)?.Overlaps(lost) == true;
    }
}
