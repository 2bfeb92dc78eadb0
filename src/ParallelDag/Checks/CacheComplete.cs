using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD017: what crosses phases is complete. In a graph that states its plan and has both phases, for every layer:
/// <list type="number">
/// <item>Each GPU of decode's attention gets its cache: from transfers that hold the GPU, or straight from what made the cache on that
/// GPU.</item>
/// <item>A transfer takes from nodes whose GPUs it holds, all of its GPUs hold a source or read what arrives, and it hands out all
/// positions and the heads that its readers take.</item>
/// <item>Where decode's batch is larger than prefill's, its other sequences come from earlier passes: only some readers are handed
/// something, but then all
/// GPUs that hold parts of the same sequences.</item>
/// <item>Layers whose stages meet the same way hand over the same way: as many transfers, as many kv edges.</item>
/// </list>
/// </summary>
internal static class CacheComplete
{
    public static CheckRule Rule { get; } = new(
        "PD017",
        "Every cache shard reaches decode",
        "Looks at the kv edges and KV transfers of every layer: each decode GPU receives or holds the cache that it reads, and what a "
            + "transfer takes and hands out fits its makers and readers. Skipped for a graph that does not state operators and stages.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (!inspection.Survey.IsStated)
            return inspection.Skip(dag.Phases.Count == 0 ? "plan or stage list in the graph" : "operator of a layer on any node");
        if (dag.Phases.Select(phase => phase.Phase.Kind).Distinct().Count() < 2)
            return inspection.Conclude("one phase alone, so no cache crosses phases");
        long readers = 0, transfers = 0;
        var layers = new Dictionary<int, HandOver>();
        bool part = inspection.Survey.HandsPart;
        var reached = new Dictionary<(PhaseId Phase, int Layer), HashSet<GpuSet>>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            if (facts.Role == OperatorRole.CacheTransfer)
            {
                transfers++;
                CheckTransfer(inspection, node, facts, part || inspection.Survey.HasSets);
                Count(layers, inspection, node, scope);
            }
            else if (facts.Role == OperatorRole.Core && scope.Phase?.Kind == PhaseKind.Decode)
            {
                readers++;
                CheckReader(inspection, node, facts, part ? reached : null);
                Count(layers, inspection, node, scope);
            }
        }

        if (dag.Detail != DetailLevel.Overview) // Its blocks stand for several layers, and share their edges.
            CompareLayers(inspection, layers);
        if (part)
            CheckGroups(inspection, reached);
        return inspection.Conclude(
            $"{Words.Count(readers, "attention node")} of decode have all of their cache, "
                + $"{Words.Count(transfers, "KV transfer")} hand over what they take");
    }

    /// <summary>Item 1.</summary>
    private static void CheckReader(
        Inspection inspection, int node, NodeFacts facts, Dictionary<(PhaseId Phase, int Layer), HashSet<GpuSet>>? reached)
    {
        Dag dag = inspection.Dag;
        if (dag.GpusOf(node) is not GpuSet gpus || (dag.Detail == DetailLevel.Overview && facts.Input.IsEmpty))
            return;
        var sources = new List<GpuSet>();
        foreach (int link in dag.Topology.In(node))
        {
            if (Topology.Kind(link) == EdgeKind.Kv && dag.GpusOf(Topology.Node(link)) is GpuSet holder)
                sources.Add(holder);
        }

        if (reached is not null)
        {
            if (dag.ScopeOf(node) is not { Layer: int layer, Phase: PhaseId phase })
                return;
            if (!reached.TryGetValue((phase, layer), out HashSet<GpuSet>? known))
                reached.Add((phase, layer), known = []);
            known.Add(sources.Count > 0 ? gpus : GpuSet.Empty);
            return;
        }

        GpuSet missing = gpus.Except(GpuSet.UnionAll(sources));
        if (!missing.IsEmpty)
            inspection.NodeFault(
                node, "that [reads|read] a cache which nobody hands over",
                $"GPUs {Inspection.OneLine(missing.ToString())}: add a KV transfer, or a kv edge from the projection there");
    }

    /// <summary>Item 3: in each layer some sequences arrive, and each on every rank that holds a part of it.</summary>
    private static void CheckGroups(Inspection inspection, Dictionary<(PhaseId Phase, int Layer), HashSet<GpuSet>> reached)
    {
        foreach (int layer in reached.GroupBy(item => item.Key.Layer)
            .Where(sets => sets.All(set => GpuSet.UnionAll(set.Value).IsEmpty)).Select(sets => sets.Key).Order())
            inspection.Fault(Words.Invariant($"layer {layer} hands no cache to decode"));
        foreach (((PhaseId phase, int layer), HashSet<GpuSet> sets) in reached.OrderBy(item => item.Key))
        {
            GpuSet arrived = GpuSet.UnionAll(sets);

            // A node that stands for several GPUs may get something on some of them.
            if (inspection.Dag.Detail != DetailLevel.Device || inspection.Survey.MeshOf(phase) is not PhaseMesh mesh)
                continue;
            GroupMap groups = mesh.Groups(Axis.Tp);
            var touched = arrived.AsEnumerable().Select(mesh.RankOf).Where(rank => rank >= 0).Select(rank => groups.GroupOfRank[rank])
                .GroupBy(group => group).Where(group => group.Count() < groups.Size).ToList();
            if (touched.Count > 0)
                inspection.Fault(Words.Invariant(
                    $"layer {layer} hands sequences to a part of {Words.Count(touched.Count, "tensor-parallel group")} only"));
        }
    }

    /// <summary>Item 2.</summary>
    private static void CheckTransfer(Inspection inspection, int node, NodeFacts facts, bool part)
    {
        Dag dag = inspection.Dag;
        bool merged = dag.Detail == DetailLevel.Overview;
        var ends = new List<GpuSet>();
        TensorList? made = null;
        bool splits = inspection.Survey.ReceivingMesh(node)?.SplitsCache == true; // Tokens in turn: one more or less under a window.
        int makers = 0, readers = 0, misfits = 0;
        foreach (int link in dag.Topology.In(node))
        {
            int source = Topology.Node(link);
            makers++;
            made ??= dag.FactsOf(source).Output;
            if (dag.GpusOf(source) is GpuSet gpus)
                ends.Add(gpus);
            if (!merged && !SameCache(dag.FactsOf(source).Output, facts.Input, taken: true, part))
                misfits++;
        }

        // The last chunk of a prompt may be shorter than the one that is printed.
        bool chunked = dag.ScopeOf(node).Phase is PhaseId phase && inspection.Survey.Chunks.Of(phase) > 1;
        if (chunked ? misfits > 0 && misfits == makers : misfits > 0)
            inspection.NodeFault(
                node, "that [takes|take] another cache than is made", Inspection.OneLine($"{facts.Input} of {made}"));

        foreach (int link in dag.Topology.Out(node))
        {
            int target = Topology.Node(link);
            readers++;
            if (dag.GpusOf(target) is GpuSet gpus)
                ends.Add(gpus);
            if (!merged && !SameCache(facts.Output, dag.FactsOf(target).Input, taken: false, part, splits))
                inspection.NodeFault(
                    node, "that [hands|hand] over another cache than is read",
                    Inspection.OneLine($"{facts.Output} for {dag.FactsOf(target).Input}"));
        }

        if (!merged && readers > 0 && !MeetsLargest(dag, node, facts, part))
            inspection.NodeFault(
                node, "that [hands|hand] over more or less than [its|their] largest reader takes",
                Inspection.OneLine(facts.Output.ToString()));
        if (!merged && !(NamesAgree(facts.Input, Neighbours(dag, dag.Topology.In(node), output: true))
            && NamesAgree(facts.Output, Neighbours(dag, dag.Topology.Out(node), output: false))))
        {
            inspection.NodeFault(
                node, "that [hands|hand] over other tensors than are made and read",
                Inspection.OneLine($"{facts.Input} -> {facts.Output}"));
        }

        if (!merged && facts.Groups != 1)
            inspection.NodeFault(node, "that [is|are] not one group", Words.Invariant($"groups {facts.Groups}"));
        if (makers == 0 || readers == 0)
            inspection.NodeFault(node, makers == 0 ? "that [hands|hand] over what nobody made" : "that [hands|hand] over to nobody");
        else if (dag.GpusOf(node) is GpuSet own && own.Except(GpuSet.UnionAll(ends)) is { IsEmpty: false } idle)
            inspection.NodeFault(node, "with GPUs that neither hold nor read the cache", Inspection.OneLine(idle.ToString()));
        if (dag.GpusOf(node) is GpuSet all && facts.GroupSize != all.Count)
            inspection.NodeFault(
                node, "whose group size is not the number of [its|their] GPUs", Words.Invariant($"{facts.GroupSize} of {all.Count}"));
    }

    private static List<TensorList> Neighbours(Dag dag, ReadOnlySpan<int> links, bool output)
    {
        var lists = new List<TensorList>(links.Length);
        foreach (int link in links)
            lists.Add(output ? dag.FactsOf(Topology.Node(link)).Output : dag.FactsOf(Topology.Node(link)).Input);
        return lists;
    }

    /// <summary>
    /// True when the cached tensors that two nodes both name agree. A maker holds a share of what is handed over, up to unevenness; a
    /// reader takes at least the positions
    /// and at most the sequences and heads.
    /// </summary>
    private static bool SameCache(TensorList left, TensorList right, bool taken, bool part, bool splits = false)
    {
        foreach (NamedTensor tensor in left.Tensors)
        {
            if (!ResidualsAndCaches.IsCached(tensor.Name))
                continue;
            if (Named(right, tensor.Name!) is not TensorShape other)
                continue;
            foreach (Dimension dimension in tensor.Shape.Dimensions)
            {
                if (dimension.Size is not long size || other[dimension.Name] is not long read || size == read)
                    continue;
                bool may = dimension.Name switch
                {
                    "batch_size" when part && !taken => true,
                    "seq_len" => taken ? read <= size + 1 : read >= size - (splits ? 1 : 0),
                    "batch_size" or "kv_heads" => taken ? Math.Abs(size - read) <= 1 : read < size,
                    _ => false,
                };
                if (!may)
                    return false;
            }
        }

        return true;
    }

    private static TensorShape? Named(TensorList list, string name)
    {
        foreach (NamedTensor tensor in list.Tensors)
        {
            if (tensor.Name == name)
                return tensor.Shape;
        }

        return null;
    }

    /// <summary>True when each tensor of positions that a transfer names is one that some neighbour names, and none of theirs is left
    /// out.</summary>
    private static bool NamesAgree(TensorList own, IEnumerable<TensorList> neighbours) =>
        Cached(own) is not { Count: > 0 } names || names.SetEquals(neighbours.SelectMany(Cached));

    private static HashSet<string> Cached(TensorList list) =>
        [.. list.Tensors.Where(tensor => ResidualsAndCaches.IsCached(tensor.Name)).Select(tensor => tensor.Name!)];

    /// <summary>What a transfer hands over is what the largest of its readers takes of sequences and heads.</summary>
    private static bool MeetsLargest(Dag dag, int node, NodeFacts facts, bool part)
    {
        foreach (NamedTensor tensor in facts.Output.Tensors)
        {
            foreach (Dimension dimension in tensor.Shape.Dimensions)
            {
                long largest = -1;
                foreach (int link in dag.Topology.Out(node))
                    largest = Math.Max(largest, Named(dag.FactsOf(Topology.Node(link)).Input, tensor.Name ?? "")?[dimension.Name] ?? -1);
                if (dimension is { Name: "batch_size" or "kv_heads", Size: long size } && largest >= 0 && size != largest
                    && !(part && dimension.Name == "batch_size" && size >= 1 && size < largest))
                    return false;
            }
        }

        return true;
    }

    private static void Count(Dictionary<int, HandOver> layers, Inspection inspection, int node, NodeScope scope)
    {
        if (scope.Layer is not int layer)
            return;
        Dag dag = inspection.Dag;
        HandOver known = layers.GetValueOrDefault(layer);
        int edges = 0;
        foreach (int link in dag.Topology.In(node))
            edges += Topology.Kind(link) == EdgeKind.Kv ? 1 : 0;
        layers[layer] = dag.FactsOf(node).Role == OperatorRole.CacheTransfer
            ? known with { Transfers = known.Transfers + 1, Taken = known.Taken + edges }
            : known with { Delivered = known.Delivered + edges, Kind = KindOf(dag.FactsOf(node)) };
    }

    /// <summary>What layers that hand over alike agree in: the mixer's core, the tensors that it reads and how far back it sees.</summary>
    private static string KindOf(NodeFacts core) =>
        $"{core.Op} {string.Join(',', core.Input.Tensors.Select(tensor => tensor.Name))} {ResidualsAndCaches.CacheLength(core.Input)}";

    /// <summary>Item 4.</summary>
    private static void CompareLayers(Inspection inspection, Dictionary<int, HandOver> layers)
    {
        StageIndex stages = inspection.Survey.Stages;
        var alike = layers.GroupBy(item => (item.Value.Kind,
            string.Join(' ', inspection.Dag.Phases.Select(phase => stages.Holding(phase, item.Key, item.Key)?.Index))));
        foreach (var group in alike)
        {
            HandOver usual = group.GroupBy(item => item.Value)
                .OrderByDescending(same => same.Count()).ThenByDescending(same => same.Key.Transfers + same.Key.Taken + same.Key.Delivered)
                .First().Key;
            foreach ((int layer, HandOver own) in group.Where(item => item.Value != usual).OrderBy(item => item.Key))
            {
                inspection.Fault(
                    $"layer {layer} hands over by {own.Transfers} transfers, {own.Taken} kv edges into and {own.Delivered} out of "
                        + $"them; layers of the same stages by {usual.Transfers}, {usual.Taken} and {usual.Delivered}");
            }
        }
    }

    /// <summary>How a layer hands its cache over.</summary>
    private readonly record struct HandOver(string? Kind, long Transfers, long Taken, long Delivered);
}
