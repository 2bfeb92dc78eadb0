using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Nodes that run on other GPUs than they should.</summary>
internal static class GpuDamage
{
    public static IEnumerable<DamageKind> All
    {
        get
        {
            yield return Kind("a computation loses a GPU", graph => graph.ChangeGpus(row => Computes(row) && row.Gpus!.Count > 1, Less));
            yield return Kind("a computation gains a GPU of its stage",
                graph => graph.ChangeGpus(Computes, gpus => gpus.Union(Next(gpus))));
            yield return Kind("a computation runs one GPU further", graph => graph.ChangeGpus(Computes, Next));
            yield return Kind("a computation runs on half of its GPUs",
                graph => graph.ChangeGpus(row => Computes(row) && row.Gpus!.Count > 1, Half));
            yield return Kind("a computation runs on one GPU alone",
                graph => graph.ChangeGpus(row => Computes(row) && row.Gpus!.Count > 1, gpus => GpuSet.Of(gpus.First)));
            yield return Kind("a node tells no GPUs", graph => graph.ChangeGpus(_ => true, _ => null));
            yield return Kind("a node runs outside the pool", graph => graph.ChangeGpus(_ => true, gpus => gpus.Union(GpuSet.Of(100_000))));
            yield return Kind("two shards of a step exchange GPUs", graph => graph.Pair(
                Computes, (left, right) => SameStep(left, right) && !left.Gpus!.Equals(right.Gpus), ExchangeGpus));
            yield return Kind("two nodes of different steps exchange GPUs", graph => graph.Pair(
                Computes, (left, right) => left.Facts.Op != right.Facts.Op && !left.Gpus!.Equals(right.Gpus), ExchangeGpus));
            yield return Kind("a whole step runs one GPU further",
                graph => Step(graph, Computes, row => row with { Gpus = Next(row.Gpus!) }));
            yield return Kind("a whole step runs on the first GPU",
                graph => Step(graph, row => Computes(row) && row.Gpus!.First > 0, row => row with { Gpus = GpuSet.Of(0) }));
            yield return Kind("a collective loses a member", graph => graph.ChangeGpus(Gathers, Less));
            yield return Kind("a collective gains a member",
                graph => graph.ChangeGpus(Gathers, gpus => gpus.Union(GpuSet.Of(Outside(gpus)))));
            yield return Kind("a collective has another member in place of one",
                graph => graph.ChangeGpus(Gathers, gpus => Less(gpus).Union(GpuSet.Of(Outside(gpus)))));
            yield return Kind("a collective of half its groups",
                graph => graph.ChangeGpus(row => Gathers(row) && row.Facts.Groups > 1, Half));
            yield return Kind("two collectives exchange GPUs", graph => graph.Pair(
                Gathers, (left, right) => SameStep(left, right) && !left.Gpus!.Equals(right.Gpus), ExchangeGpus));
            yield return Kind("a send loses a GPU", graph => graph.ChangeGpus(row => row.Facts.Op == Ops.PipelineSendRecv, Less));
            yield return Kind("a send gains a GPU",
                graph => graph.ChangeGpus(row => row.Facts.Op == Ops.PipelineSendRecv, gpus => gpus.Union(GpuSet.Of(Outside(gpus)))));
            yield return Kind("two sends exchange a receiver", CrossSends);
            yield return Kind("a KV transfer loses a GPU", graph => graph.ChangeGpus(row => row.Facts.Op == Ops.KvTransfer, Less));
            yield return Kind("a KV transfer gains a GPU",
                graph => graph.ChangeGpus(row => row.Facts.Op == Ops.KvTransfer, gpus => gpus.Union(GpuSet.Of(Outside(gpus)))));
            yield return Kind("the Input runs on half of its GPUs",
                graph => graph.ChangeGpus(row => row.Facts.Kind == NodeKind.Input && row.Gpus!.Count > 1, Half));
            yield return Kind("the Output runs on half of its GPUs",
                graph => graph.ChangeGpus(row => row.Facts.Kind == NodeKind.Output && row.Gpus!.Count > 1, Half));
            yield return Kind("a node of one stage runs on another's GPUs", OtherStage);
        }
    }

    public static bool Computes(DagMutator.Row row) =>
        row.Facts.Kind is NodeKind.Computation or NodeKind.Routing
            || (row.Facts.Kind == NodeKind.Aggregation && row.Facts.Collective == CollectiveKind.None);

    public static bool Gathers(DagMutator.Row row) => row.Facts.Collective != CollectiveKind.None
        && row.Facts.Op is not (Ops.PipelineSendRecv or Ops.KvTransfer);

    public static bool SameStep(DagMutator.Row left, DagMutator.Row right) => left.Facts.Op == right.Facts.Op && left.Scope == right.Scope;

    private static DamageKind Kind(string name, Func<GraphUnderDamage, bool> apply) => new("GPUs", name, apply);

    private static GpuSet Less(GpuSet gpus) => gpus.Except(GpuSet.Of(gpus.Last));

    private static GpuSet Half(GpuSet gpus) => GpuSet.FromGpus(gpus.AsEnumerable().Take(gpus.Count / 2));

    private static GpuSet Next(GpuSet gpus) => GpuSet.FromGpus(gpus.AsEnumerable().Select(gpu => gpu ^ 1));

    private static int Outside(GpuSet gpus) => Enumerable.Range(0, gpus.Last + 2).First(gpu => !gpus.Contains(gpu));

    private static (DagMutator.Row, DagMutator.Row) ExchangeGpus(DagMutator.Row left, DagMutator.Row right) =>
        (left with { Gpus = right.Gpus }, right with { Gpus = left.Gpus });

    private static bool Step(GraphUnderDamage graph, Func<DagMutator.Row, bool> fits, Func<DagMutator.Row, DagMutator.Row> change)
    {
        int node = graph.NodeOfAnyOp(row => fits(row) && !change(row).Gpus!.Equals(row.Gpus));
        if (node < 0)
            return false;
        DagMutator.Row of = graph.Nodes[node];
        for (int i = 0; i < graph.Nodes.Count; i++)
            graph.Nodes[i] = SameStep(graph.Nodes[i], of) ? change(graph.Nodes[i]) : graph.Nodes[i];
        return true;
    }

    private static bool CrossSends(GraphUnderDamage graph) => graph.Pair(
        row => row.Facts.Op == Ops.PipelineSendRecv && row.Gpus!.Count == 2,
        SameStep,
        (left, right) => (left with { Gpus = GpuSet.FromGpus([left.Gpus!.First, right.Gpus!.Last]) },
            right with { Gpus = GpuSet.FromGpus([right.Gpus!.First, left.Gpus!.Last]) }));

    private static bool OtherStage(GraphUnderDamage graph)
    {
        IReadOnlyList<DagStage> stages = graph.Header.Phases[0].Stages;
        if (stages.Count < 2)
            return false;
        return graph.ChangeGpus(
            row => Computes(row) && row.Scope.Phase == graph.Header.Phases[0].Phase && row.Scope.Stage == 1,
            gpus => GpuSet.FromGpus(stages[1].Gpus.AsEnumerable().Take(gpus.Count)));
    }
}
