using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Edges that are gone, doubled, or lead elsewhere.</summary>
internal static class EdgeDamage
{
    public static IEnumerable<DamageKind> All
    {
        get
        {
            foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            {
                yield return Kind($"a {kind.ToName()} edge is gone", graph => Drop(graph, graph.Edge((_, _, own) => own == kind)));
                yield return Kind($"a {kind.ToName()} edge is there twice", graph =>
                {
                    int edge = graph.Edge((_, _, own) => own == kind);
                    if (edge >= 0)
                        graph.Edges.Add(graph.Edges[edge]);
                    return edge >= 0;
                });
                yield return Kind($"a {kind.ToName()} edge comes from another shard",
                    graph => Redirect(graph, kind, source: true, (row, old) => GpuDamage.SameStep(row, old)));
                yield return Kind($"a {kind.ToName()} edge leads to another shard",
                    graph => Redirect(graph, kind, source: false, (row, old) => GpuDamage.SameStep(row, old)));
                yield return Kind($"a {kind.ToName()} edge comes from another layer",
                    graph => Redirect(graph, kind, source: true, (row, old) => row.Facts.Op == old.Facts.Op
                    && row.Scope.Layer != old.Scope.Layer));
                yield return Kind($"a {kind.ToName()} edge leads to another layer",
                    graph => Redirect(graph, kind, source: false, (row, old) => row.Facts.Op == old.Facts.Op
                    && row.Scope.Layer != old.Scope.Layer));
                foreach (EdgeKind other in Enum.GetValues<EdgeKind>().Where(other => other != kind))
                {
                    yield return Kind($"a {kind.ToName()} edge calls itself {other.ToName()}", graph =>
                        graph.ChangeEdge((_, _, own) => own == kind, edge => edge with { Kind = other }));
                }
            }

            yield return Kind("an edge is turned round",
                graph => graph.ChangeEdge((_, _, _) => true, edge => (edge.Target, edge.Source, edge.Kind, edge.Facts)));
            yield return Kind("two edges exchange their targets", Cross);
            yield return Kind("all edges between two steps are gone", DropStep);
            yield return Kind("all edges out of a node are gone", graph => DropOf(graph, out_: true));
            yield return Kind("all edges into a node are gone", graph => DropOf(graph, out_: false));
            yield return Kind("an edge jumps a layer",
                graph => Add(graph, (from, to) => from.Scope.Layer > 0 && to.Scope.Layer == from.Scope.Layer + 2
                && from.Facts.Op == Ops.FfnResidual && to.Facts.Op == Ops.AttentionNorm && from.Gpus!.Overlaps(to.Gpus!)));
            yield return Kind("an edge leads from decode to prefill",
                graph => Add(graph, (from, to) => from.Scope.Phase?.Kind == PhaseKind.Decode && to.Scope.Phase?.Kind == PhaseKind.Prefill));
            yield return Kind("an edge leads into another micro-batch", graph => Add(graph, (from, to) =>
                from.Scope.MicroBatch < to.Scope.MicroBatch && from.Scope.Layer > 0 && from.Facts.Op == Ops.AttentionNorm
                    && to.Facts.Op == Ops.QkvProjection && from.Scope.Layer == to.Scope.Layer && from.Scope.Phase == to.Scope.Phase));
            yield return Kind("an edge joins two steps that have nothing to do with each other", graph => Add(graph, (from, to) =>
                from.Facts.Op == Ops.AttentionNorm && to.Facts.Op == Ops.FfnNorm && from.Scope == to.Scope
                    && from.Gpus!.Overlaps(to.Gpus!)));
            yield return Kind("no residual goes around its block", NoSkips);
            yield return Kind("kv edges lead to the next layer", graph => KvToOtherLayer(graph));
            yield return Kind("a decode shard gets no cache", graph =>
            {
                int edge = graph.Edge((_, to, kind) => kind == EdgeKind.Kv && to.Scope.Phase?.Kind == PhaseKind.Decode);
                return edge >= 0 && graph.Edges[edge].Target is int target
                    && graph.Edges.RemoveAll(item => item.Kind == EdgeKind.Kv && item.Target == target) > 0;
            });
            yield return Kind("a prefill shard hands no cache over", graph =>
            {
                int edge = graph.Edge((from, _, kind) => kind == EdgeKind.Kv && from.Facts.Op == Ops.QkvProjection);
                return edge >= 0 && graph.Edges[edge].Source is int source
                    && graph.Edges.RemoveAll(item => item.Kind == EdgeKind.Kv && item.Source == source) > 0;
            });
            yield return Kind("layer 2 runs before layer 1", SwapLayers);
        }
    }

    private static DamageKind Kind(string name, Func<GraphUnderDamage, bool> apply) => new("edges", name, apply);

    private static bool Drop(GraphUnderDamage graph, int edge)
    {
        if (edge >= 0)
            graph.Edges.RemoveAt(edge);
        return edge >= 0;
    }

    private static bool Redirect(GraphUnderDamage graph, EdgeKind kind, bool source, Func<DagMutator.Row, DagMutator.Row, bool> fits)
    {
        int edge = graph.Edge(
            (from, to, own) => own == kind
            && graph.Nodes.Exists(row => !ReferenceEquals(row, source ? from : to) && fits(row, source ? from : to)));
        if (edge < 0)
            return false;
        DagMutator.Row old = graph.Nodes[source ? graph.Edges[edge].Source : graph.Edges[edge].Target];
        int other = graph.Node(row => !ReferenceEquals(row, old) && fits(row, old));
        var changed = source ? graph.Edges[edge] with { Source = other } : graph.Edges[edge] with { Target = other };
        graph.Edges[edge] = changed;
        return true;
    }

    private static bool Cross(GraphUnderDamage graph)
    {
        int first = graph.Edge((from, to, _) => graph.Edges.Exists(other =>
            GpuDamage.SameStep(graph.Nodes[other.Source], from) && GpuDamage.SameStep(graph.Nodes[other.Target], to)
                && !ReferenceEquals(graph.Nodes[other.Target], to) && !ReferenceEquals(graph.Nodes[other.Source], from)));
        if (first < 0)
            return false;
        var one = graph.Edges[first];
        int second = graph.Edges.FindIndex(other => GpuDamage.SameStep(graph.Nodes[other.Source], graph.Nodes[one.Source])
            && GpuDamage.SameStep(graph.Nodes[other.Target], graph.Nodes[one.Target]) && other.Source != one.Source
                && other.Target != one.Target);
        if (second < 0 || graph.Edges.Exists(edge => edge.Source == one.Source && edge.Target == graph.Edges[second].Target))
            return false;
        (graph.Edges[first], graph.Edges[second]) =
            (one with { Target = graph.Edges[second].Target }, graph.Edges[second] with { Target = one.Target });
        return true;
    }

    private static bool DropStep(GraphUnderDamage graph)
    {
        int edge = graph.Edge((_, _, _) => true);
        DagMutator.Row from = graph.Nodes[graph.Edges[edge].Source], to = graph.Nodes[graph.Edges[edge].Target];
        return graph.Edges.RemoveAll(
            other => GpuDamage.SameStep(graph.Nodes[other.Source], from) && GpuDamage.SameStep(graph.Nodes[other.Target], to)) > 0;
    }

    private static bool DropOf(GraphUnderDamage graph, bool out_)
    {
        int node = graph.NodeOfAnyOp(row => row.Facts.Kind is not (NodeKind.Input or NodeKind.Output));
        return graph.Edges.RemoveAll(edge => (out_ ? edge.Source : edge.Target) == node) > 0;
    }

    private static bool Add(GraphUnderDamage graph, Func<DagMutator.Row, DagMutator.Row, bool> fits)
    {
        int from = graph.Node(row => graph.Nodes.Exists(other => fits(row, other)));
        if (from < 0)
            return false;
        int to = graph.Node(other => fits(graph.Nodes[from], other));
        graph.Edges.Add((from, to, EdgeKind.Data, default));
        return true;
    }

    private static bool NoSkips(GraphUnderDamage graph) => graph.Edges.RemoveAll(edge =>
        graph.Nodes[edge.Source].Facts.Op is Ops.AttentionResidual && graph.Nodes[edge.Target].Facts.Op is Ops.FfnResidual) > 0;

    private static bool KvToOtherLayer(GraphUnderDamage graph)
    {
        bool any = false;
        for (int i = 0; i < graph.Edges.Count; i++)
        {
            var edge = graph.Edges[i];
            DagMutator.Row to = graph.Nodes[edge.Target];
            if (edge.Kind != EdgeKind.Kv || to.Scope.Phase?.Kind != PhaseKind.Decode)
                continue;
            int other = graph.Nodes.FindIndex(
                row => row.Facts.Op == to.Facts.Op && row.Scope.Phase == to.Scope.Phase && row.Scope.Layer == (to.Scope.Layer == 1 ? 2 : 1)
                && row.Gpus!.Equals(to.Gpus) && row.Scope.MicroBatch == to.Scope.MicroBatch);
            if (other < 0)
                continue;
            graph.Edges[i] = edge with { Target = other };
            any = true;
        }

        return any;
    }

    private static bool SwapLayers(GraphUnderDamage graph)
    {
        var at = new Dictionary<(string, PhaseId?, int, int, string), int>();
        (string, PhaseId?, int, int, string) Key(DagMutator.Row row, int layer) =>
            (row.Facts.Op!, row.Scope.Phase, layer, row.Scope.MicroBatch, row.Facts.Name + row.Gpus);
        for (int i = 0; i < graph.Nodes.Count; i++)
            at.TryAdd(Key(graph.Nodes[i], graph.Nodes[i].Scope.Layer ?? 0), i);
        int Other(int node) => graph.Nodes[node].Scope.Layer is 1 or 2
            && at.TryGetValue(Key(graph.Nodes[node], 3 - graph.Nodes[node].Scope.Layer!.Value), out int other) ? other : node;
        bool any = false;
        for (int i = 0; i < graph.Edges.Count; i++)
        {
            var edge = graph.Edges[i];
            if (edge.Kind == EdgeKind.Kv)
                continue;
            var swapped = edge with { Source = Other(edge.Source), Target = Other(edge.Target) };
            any |= swapped != edge;
            graph.Edges[i] = swapped;
        }

        return any;
    }
}
