using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD016: residuals and caches have their sources.
/// <list type="number">
/// <item>A residual add reads two steps, the block's output and the stream that went around it; three where attention and FFN work side by
/// side.</item>
/// <item>A kv edge joins nodes of one layer, and leads from what makes a cache to what hands it over or, in the next phase, reads
/// it.</item>
/// <item>Decode attends at least the positions that were handed over.</item>
/// </list>
/// An overview merges steps into blocks, so there only the layers of kv edges are compared. In a drawing a node called Residual Add, or Add
/// and Norm, has two producers at least, shards of the block's output among them; where the only edge stands for layers that are left out,
/// nothing is known.
/// </summary>
internal static class ResidualsAndCaches
{
    public static CheckRule Rule { get; } = new(
        "PD016",
        "Residuals and caches have their sources",
        "Looks at the producers of residual adds, at the ends of kv edges and at the cache that decode's attention reads: two "
            + "producers, one layer, and no position lost. Skipped where no operator is told.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        long residuals = 0, caches = 0;
        bool told = false, merged = dag.Detail == DetailLevel.Overview;
        var handed = new Dictionary<(PhaseId? Reader, int Layer), long>();
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            told |= facts.Operator is { Role: not (OperatorRole.Input or OperatorRole.Output) };
            if (facts.Role == OperatorRole.Residual && !merged)
            {
                residuals += inspection.Weight(node);
                CheckResidual(inspection, node);
            }
            else if (facts.Op is null && inspection.IsDrawing && OperatorText.IsResidualAdd(facts))
            {
                told = true;
                residuals++;
                CheckDrawnResidual(inspection, node);
            }

            caches += CheckKv(inspection, node, facts) * inspection.Weight(node);
        }

        foreach (int node in merged ? [] : inspection.Survey.Facts.Where(facts => facts.Role == OperatorRole.CacheTransfer))
        {
            inspection.Step(node);
            if (Positions(dag.FactsOf(node), dag.ScopeOf(node).Phase) is long positions && dag.ScopeOf(node).Layer is int layer)
                handed[(ReaderOf(dag, node), layer)] = Math.Max(handed.GetValueOrDefault((ReaderOf(dag, node), layer)), positions);
        }

        if (!told || (residuals + caches == 0 && !inspection.Survey.IsStated))
            return inspection.Skip(told ? "residual add and no kv edge that the graph names" : "operator on any node");
        if (handed.Count > 0)
            CheckAttended(inspection, handed);
        return inspection.Conclude(
            $"{Words.Count(residuals, "residual add")} with two producers{(inspection.IsDrawing ? " at least" : " each")}; "
                + $"{Words.Count(caches, "kv edge")} within "
                + $"their layers");
    }

    /// <summary>Item 1. The shards of one producer, and the groups of one collective, count as one.</summary>
    private static void CheckResidual(Inspection inspection, int node)
    {
        Dag dag = inspection.Dag;
        StepKinds steps = inspection.Survey.Steps;
        var producers = new HashSet<(int Step, int? Layer)>();
        foreach (int link in dag.Topology.In(node))
        {
            if (Topology.Kind(link) == EdgeKind.Order)
                continue;
            int source = Topology.Node(link);
            producers.Add((steps.Of(dag, source) is int step and >= 0 ? step : -2 - source, dag.ScopeOf(source).Layer));
        }

        if (producers.Count == 2 || (producers.Count == 3 && dag.FactsOf(node).Op == Ops.FfnResidual))
            return;
        string detail = LayerBlocks.Number(producers.Count);
        if (producers.Count == 1)
        {
            int only = Topology.Node(dag.Topology.In(node)[0]);
            string missing = dag.FactsOf(only).Role == OperatorRole.Residual ? "the block's output" : "the stream before the block";
            detail = $"only {inspection.NodeText(only)}: add the edge from {missing}";
        }

        inspection.NodeFault(node, "that [adds|add] other than two producers", detail);
    }

    /// <summary>Item 1 in a drawing. A node without any producer is PD002's.</summary>
    private static void CheckDrawnResidual(Inspection inspection, int node)
    {
        Dag dag = inspection.Dag;
        ReadOnlySpan<int> links = dag.Topology.In(node);
        if (links.Length == 0)
            return;
        int only = Topology.Node(links[0]);
        foreach (int link in links)
        {
            if (Topology.Node(link) != only)
                return;
        }

        if (!LeavesOut(dag, only, node))
            inspection.NodeFault(
                node,
                "of a residual add with one producer",
                $"only {inspection.NodeText(only)}: add the edge of the stream around the block");
    }

    /// <summary>True for an edge that stands for what is not drawn: dashed or dotted, or with dots or layers in its label.</summary>
    private static bool LeavesOut(Dag dag, int source, int target)
    {
        int first = dag.Topology.FirstEdge(source);
        ReadOnlySpan<int> links = dag.Topology.Out(source);
        for (int i = 0; i < links.Length; i++)
        {
            if (Topology.Node(links[i]) != target)
                continue;
            EdgeFacts facts = dag.EdgeFactsOf(source, first + i);
            if (facts.Style is string style && (style.Contains("dashed", StringComparison.OrdinalIgnoreCase)
                || style.Contains("dotted", StringComparison.OrdinalIgnoreCase)))
                return true;
            if (facts.Label is string label && (label.Contains("layer", StringComparison.OrdinalIgnoreCase)
                || label.Contains("..", StringComparison.Ordinal) || label.Contains('…', StringComparison.Ordinal)))
                return true;
        }

        return false;
    }

    /// <summary>Item 2. Returns how many kv edges leave the node.</summary>
    private static long CheckKv(Inspection inspection, int node, NodeFacts facts)
    {
        Dag dag = inspection.Dag;
        int first = dag.Topology.FirstEdge(node);
        ReadOnlySpan<int> links = dag.Topology.Out(node);
        long edges = 0;
        for (int i = 0; i < links.Length; i++)
        {
            if (Topology.Kind(links[i]) != EdgeKind.Kv)
                continue;
            edges++;
            int target = Topology.Node(links[i]);
            NodeScope from = dag.ScopeOf(node), to = dag.ScopeOf(target);
            if (from.Layer is not null && to.Layer is not null && from.Layer != to.Layer)
                inspection.EdgeFault(
                    node, first + i, "of kind kv between different layers", Words.Invariant($"layer {from.Layer} to {to.Layer}"));
            NodeFacts reader = dag.FactsOf(target);
            if (dag.Detail == DetailLevel.Overview || facts.Op is null || reader.Op is null)
                continue;
            bool leaves = Computes(facts) || facts.Role == OperatorRole.CacheTransfer,
                arrives = Computes(reader) || reader.Role == OperatorRole.CacheTransfer;
            if (Computes(facts) && Computes(reader) && from.Phase == to.Phase)
                inspection.EdgeFault(
                    node, first + i, "of kind kv within a phase, though no cache is handed over", $"{facts.Op} to {reader.Op}");
            else if (!leaves || !arrives || (facts.Role == OperatorRole.CacheTransfer && reader.Role == OperatorRole.CacheTransfer))
                inspection.EdgeFault(
                    node, first + i, "of kind kv that [does|do] not lead from a cache's maker to its reader", $"{facts.Op} to {reader.Op}");
        }

        return edges;
    }

    /// <summary>The phase, or the set of its instances, that a transfer hands over to.</summary>
    private static PhaseId? ReaderOf(Dag dag, int transfer) => dag.Topology.OutDegree(transfer) == 0 ? null
        : dag.ScopeOf(Topology.Node(dag.Topology.Out(transfer)[0])).Phase;

    /// <summary>Item 3.</summary>
    private static void CheckAttended(Inspection inspection, Dictionary<(PhaseId? Reader, int Layer), long> handed)
    {
        Dag dag = inspection.Dag;
        foreach (int node in inspection.Survey.Facts.Where(facts => facts.Role == OperatorRole.Core))
        {
            inspection.Step(node);
            NodeScope scope = dag.ScopeOf(node);
            if (scope.Phase?.Kind != PhaseKind.Decode || scope.Layer is not int layer
                || !handed.TryGetValue((scope.Phase, layer), out long positions))
                continue;
            if (CacheLength(dag.FactsOf(node).Input) is long attended
                && attended < positions - (inspection.Survey.MeshOf(scope.Phase)?.SplitsCache == true ? 1 : 0))
                inspection.NodeFault(
                    node, "that [attends|attend] fewer positions than were handed over",
                    Words.Invariant($"{attended} of {positions}"));
        }
    }

    /// <summary>The positions that a transfer of prefill leaves to decode.</summary>
    private static long? Positions(NodeFacts facts, PhaseId? phase) =>
        phase?.Kind == PhaseKind.Prefill && facts.Role == OperatorRole.CacheTransfer ? CacheLength(facts.Output) : null;

    /// <summary>The positions of the cached tensors in a list.</summary>
    internal static long? CacheLength(TensorList list)
    {
        foreach (NamedTensor tensor in list.Tensors)
        {
            if (IsCached(tensor.Name) && tensor.Shape["seq_len"] is long length)
                return length;
        }

        return null;
    }

    /// <summary>True for what computes in a token mixer: projections make K and V, recurrences their states; both are read by their
    /// like.</summary>
    private static bool Computes(NodeFacts facts) => facts.Operator is { Place: OperatorPlace.Mixer, Kind: NodeKind.Computation };

    /// <summary>True for the names of tensors that are kept for decode.</summary>
    internal static bool IsCached(string? name) => name is "K" or "V" or "KV";
}
