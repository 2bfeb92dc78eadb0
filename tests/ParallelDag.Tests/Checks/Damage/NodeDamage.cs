using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Nodes that are gone, doubled, or call themselves something else; experts at other homes.</summary>
internal static class NodeDamage
{
    public static IEnumerable<DamageKind> All
    {
        get
        {
            yield return Kind("a node is gone", graph => graph.NodeOfAnyOp(_ => true) is int node && graph.Nodes[node] is var of
                && graph.Remove(row => ReferenceEquals(row, of)));
            yield return Kind("a node is bridged", graph => graph.NodeOfAnyOp(Inner) is int node && node >= 0
                && graph.Nodes[node] is var of && graph.Bridge(row => ReferenceEquals(row, of)));
            yield return Kind("a step is bridged", graph => graph.NodeOfAnyOp(Inner) is int node && node >= 0
                && graph.Nodes[node] is var of && graph.Bridge(row => GpuDamage.SameStep(row, of)));
            yield return Kind("a step is gone", graph => graph.NodeOfAnyOp(Inner) is int node && node >= 0 && graph.Nodes[node] is var of
                && graph.Remove(row => GpuDamage.SameStep(row, of)));
            foreach (string[] ops in new string[][]
            {
                [Ops.AttentionNorm, Ops.FfnNorm], [Ops.AttentionResidual, Ops.FfnResidual], [Ops.Dispatch, Ops.Combine], [Ops.TopK],
                    [Ops.Gate], [Ops.Attention], [Ops.QkvProjection],
                [Ops.OutputProjection], [Ops.FfnAllReduce], [Ops.AttentionAllReduce], [Ops.AttentionAllGather],
                    [Ops.AttentionReduceScatter], [Ops.KvAllGather], [Ops.RingKv],
                [Ops.UlyssesAllToAll], [Ops.ExpertAllGather], [Ops.ExpertReduceScatter], [Ops.FfnAllGather], [Ops.FfnReduceScatter],
                    [Ops.PipelineSendRecv], [Ops.KvTransfer], [Ops.Split],
                [Ops.Embedding], [Ops.EmbeddingAllReduce], [Ops.FinalNorm], [Ops.Gather], [Ops.LmHead], [Ops.LogitsAllGather],
                    [Ops.Sampling], [Ops.ExpertAggregation], [Ops.SharedExperts], [Ops.FfnUp],
                [Ops.FfnDown], [Ops.Experts],
            })
            {
                yield return Kind($"every {string.Join(" and ", ops)} is bridged",
                    graph => graph.Bridge(row => ops.Contains(row.Facts.Op)));
            }

            yield return Kind("a node is there twice", graph => graph.Double(Inner));
            yield return Kind("the Input is there twice", graph => graph.Double(row => row.Facts.Kind == NodeKind.Input));
            yield return Kind("the experts are there twice", graph => graph.Double(row => row.Facts.Op == Ops.Experts));
            yield return Kind("the first shard of a layer is gone", graph =>
            {
                int node = graph.Node(row => row.Scope.Layer > 0);
                DagMutator.Row of = graph.Nodes[node];
                return graph.Remove(row => row.Scope == of.Scope && row.Gpus!.Contains(of.Gpus!.First) && GpuDamage.Computes(row));
            });
            yield return Kind("a layer is gone", graph => graph.Node(row => row.Scope.Layer > 0) is int node
                && graph.Nodes[node].Scope is var of && graph.Remove(row => row.Scope.Layer == of.Layer && row.Scope.Phase == of.Phase));
            yield return Kind("a micro-batch is gone", graph => graph.Remove(row => row.Scope.MicroBatch == 1));
            yield return Kind("an operator calls itself another",
                graph => graph.ChangeFacts(
                _ => true, facts => facts with { Op = facts.Op == Ops.FfnNorm ? Ops.AttentionNorm : Ops.FfnNorm }));
            yield return Kind("an operator is not told", graph => graph.ChangeFacts(_ => true, facts => facts with { Op = null }));
            foreach (NodeKind kind in Enum.GetValues<NodeKind>())
                yield return Kind($"a node is of kind {kind.ToName()}",
                    graph => graph.ChangeFacts(_ => true, facts => facts with { Kind = kind }));
            yield return Kind("a phase is another",
                graph => graph.ChangeScope(
                _ => true, scope => scope with
                {
                    Phase = new PhaseId(scope.Phase?.Kind == PhaseKind.Prefill ? PhaseKind.Decode : PhaseKind.Prefill),
                }));
            yield return Kind("a phase is not told", graph => graph.ChangeScope(_ => true, scope => scope with { Phase = null }));
            yield return Kind("a stage is one more",
                graph => graph.ChangeScope(_ => true, scope => scope with { Stage = scope.Stage + 1 }));
            yield return Kind("a stage is not told", graph => graph.ChangeScope(_ => true, scope => scope with { Stage = null }));
            yield return Kind("a layer is one more",
                graph => graph.ChangeScope(row => row.Scope.Layer > 0, scope => scope with { Layer = scope.Layer + 1 }));
            yield return Kind("a layer is not told",
                graph => graph.ChangeScope(row => row.Scope.Layer > 0, scope => scope with { Layer = null }));
            yield return Kind("a micro-batch is another",
                graph => graph.ChangeScope(row => GpuDamage.Computes(row), scope => scope with { MicroBatch = scope.MicroBatch + 1 }));
            yield return Kind("a micro-batch is far out",
                graph => graph.ChangeScope(row => GpuDamage.Computes(row), scope => scope with { MicroBatch = 5 }));
            yield return Kind("entry or exit stands in a layer",
                graph => graph.ChangeScope(
                row => row.Scope.Layer is null && row.Facts.Operator!.Place is OperatorPlace.Entry or OperatorPlace.Exit,
                scope => scope with { Layer = 1 }));

            yield return Experts("experts are shifted by one", text => Shift(text));
            yield return Experts("experts are not told", _ => null);
            yield return Experts("experts are none", _ => "");
            yield return Experts("one expert is lost",
                text => GpuSet.Parse(text) is { Count: > 1 } set ? set.Except(GpuSet.Of(set.Last)).ToString() : text);
            yield return Experts("one expert is added",
                text => GpuSet.Parse(text) is var set ? set.Union(GpuSet.Of(set.Last + 1)).ToString() : text);
            yield return Experts("experts are a word", _ => "many");
            yield return new("experts", "two shards exchange their experts", graph => graph.Pair(
                row => row.Facts.Op == Ops.Experts, (left, right) => left.Scope == right.Scope && left.Facts.Experts != right.Facts.Experts,
                (left, right) => (left with { Facts = left.Facts with { Experts = right.Facts.Experts } },
                    right with { Facts = right.Facts with { Experts = left.Facts.Experts } })));
            yield return new("experts", "experts live elsewhere in one micro-batch",
                graph => Swap(graph, row => row.Scope.MicroBatch == 1));
            yield return new("experts", "experts live elsewhere in decode", graph =>
                graph.Header.Phases.Count == 2 && SameExperts(graph) && Swap(graph, row => row.Scope.Phase?.Kind == PhaseKind.Decode));
        }
    }

    private static bool Inner(DagMutator.Row row) => row.Facts.Kind is not (NodeKind.Input or NodeKind.Output);

    private static DamageKind Kind(string name, Func<GraphUnderDamage, bool> apply) => new("nodes", name, apply);

    private static DamageKind Experts(string name, Func<string, string?> change) => new("experts", name, graph =>
        graph.ChangeFacts(row => row.Facts.Op == Ops.Experts, facts => facts with { Experts = change(facts.Experts!) }));

    private static string Shift(string text) => GpuSet.FromGpus(GpuSet.Parse(text).AsEnumerable().Select(expert => expert + 1)).ToString();

    /// <summary>True when both phases place experts alike, so that a GPU of both runs the same.</summary>
    private static bool SameExperts(GraphUnderDamage graph)
    {
        var homes = graph.Nodes.Where(row => row.Facts.Op == Ops.Experts && row.Scope.MicroBatch == 0).GroupBy(row => row.Scope.Phase)
            .Select(phase => string.Join(';',
                phase.SelectMany(row => row.Gpus!.AsEnumerable().Select(gpu => (row.Scope.Layer, gpu, row.Facts.Experts))).Order()))
                    .ToList();
        return homes.Count == 2 && homes[0] == homes[1];
    }

    /// <summary>Exchanges the experts of the first two homes of every layer that fits.</summary>
    private static bool Swap(GraphUnderDamage graph, Func<DagMutator.Row, bool> fits)
    {
        var nodes = Enumerable.Range(0, graph.Nodes.Count)
            .Where(node => graph.Nodes[node].Facts.Op == Ops.Experts && fits(graph.Nodes[node])).ToList();
        string[] homes = [.. nodes.Select(node => graph.Nodes[node].Facts.Experts!).Distinct().Take(2)];
        if (homes.Length < 2)
            return false;
        foreach (int node in nodes)
        {
            DagMutator.Row row = graph.Nodes[node];
            string own = row.Facts.Experts!;
            graph.Nodes[node] = row with { Facts =
                row.Facts with { Experts = own == homes[0] ? homes[1] : own == homes[1] ? homes[0] : own } };
        }

        return true;
    }
}
