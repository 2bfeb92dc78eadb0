using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// A drawing against the graph that its plan generates. Compared is what a drawing tells, each only where it tells it at all:
/// <list type="number">
/// <item>the phases that its nodes name;</item>
/// <item>the GPUs of all nodes together;</item>
/// <item>the layers, counted from 1 or from 0, and for each the GPUs of its stage;</item>
/// <item>the experts by number, counted from 0 or from 1;</item>
/// <item>the operators and collectives of each phase and layer on each GPU (<see cref="OperatorDifference"/>).</item>
/// </list>
/// </summary>
internal static class DrawnDifference
{
    /// <summary>Tells each difference with what to add.</summary>
    public static void Check(Inspection inspection, Dag plan)
    {
        CheckPhases(inspection, plan);
        CheckGpus(inspection, plan);
        CheckLayers(inspection, plan);
        CheckExperts(inspection, plan);
        OperatorDifference.Check(inspection, plan, LayerShift(inspection.Dag));
    }

    private static void CheckPhases(Inspection inspection, Dag plan)
    {
        PhaseId[] named = [.. inspection.Dag.Nodes.Select(node => node.PhaseId).OfType<PhaseId>().Distinct()];
        foreach (DagPhase phase in plan.Phases.Where(phase => named.Length > 0 && !named.Any(phase.Phase.IsMeantBy)))
            inspection.Fault($"the plan's {phase} phase is not drawn; add its {Words.Count(phase.Stages.Count, "stage")}");
        foreach (PhaseId phase in named.Where(phase => !plan.Phases.Any(due => due.Phase.IsMeantBy(phase))))
            inspection.Fault($"the plan has no {phase.ToName()} phase");
    }

    private static void CheckGpus(Inspection inspection, Dag plan)
    {
        GpuSet due = GpuSet.UnionAll(plan.Phases.Select(phase => phase.Gpus));
        GpuSet drawn = GpuSet.UnionAll(inspection.Dag.Nodes.Select(node => node.Gpus).OfType<GpuSet>());
        if (drawn.IsEmpty)
            return;
        if (due.Except(drawn) is { IsEmpty: false } missing)
            inspection.Fault(
                $"GPUs {Inspection.OneLine(missing.ToString())} of the plan run nothing; add the nodes of their shards and stages");
        if (drawn.Except(due) is not { IsEmpty: false } beyond)
            return;
        foreach (DagNode node in inspection.Dag.Nodes.Where(node => node.Gpus?.Overlaps(beyond) == true))
            inspection.NodeFault(
                node.Index, "on GPUs that the plan does not use", Inspection.OneLine(node.Gpus!.Intersect(beyond).ToString()));
    }

    private static void CheckLayers(Inspection inspection, Dag plan)
    {
        Dag dag = inspection.Dag;
        var drawn = new SortedSet<int>();
        foreach (DagNode node in dag.Nodes)
        {
            if (node.Layer is int layer)
                drawn.Add(layer);
            foreach ((int first, int last) in IndexRanges.Parse(node.Layers))
                drawn.UnionWith(Enumerable.Range(first, Math.Min(last - first + 1, 1 << 16)));
        }

        if (drawn.Count == 0)
            return;
        int shift = LayerShift(dag), layers = plan.Phases.Max(phase => phase.Stages[^1].LastLayer);
        var missing = Enumerable.Range(1, layers).Where(layer => !drawn.Contains(layer - shift)).ToList();
        if (missing.Count > 0)
            inspection.Fault($"{Words.Count(missing.Count, "layer")} of the plan's {layers} not drawn: {GpuSet.FromGpus(missing)}");
        if (drawn.Max + shift > layers)
            inspection.Fault(Words.Invariant($"layer {drawn.Max} is beyond the plan's {layers} layers"));
        foreach (DagNode node in dag.Nodes)
        {
            if (node.Layer is not int layer || node.Gpus is not GpuSet { IsEmpty: false } gpus)
                continue;
            GpuSet due = GpuSet.UnionAll(plan.Phases.Where(phase => node.PhaseId is not PhaseId named || phase.Phase.IsMeantBy(named))
                .SelectMany(phase => phase.Stages).Where(stage => stage.FirstLayer <= layer + shift && layer + shift <= stage.LastLayer)
                .Select(stage => stage.Gpus));
            if (node.Kind != NodeKind.Communication && !due.IsEmpty && !due.Overlaps(gpus))
                inspection.NodeFault(
                    node.Index, "on other GPUs than the plan gives [its|their] layer",
                    $"layer {layer} runs on GPUs {Inspection.OneLine(due.ToString())}");
        }
    }

    private static void CheckExperts(Inspection inspection, Dag plan)
    {
        int[] due = Experts(plan), drawn = Experts(inspection.Dag);
        if (drawn.Length == 0 || due.Length == 0)
        {
            if (drawn.Length > 0)
                inspection.Fault("the plan has no experts");
            return;
        }

        int shift = drawn[0] == 1 && drawn[^1] == due.Length ? 1 : 0;
        if (due.Except(drawn.Select(expert => expert - shift)).ToList() is { Count: > 0 } missing)
            inspection.Fault($"experts {GpuSet.FromGpus(missing)} of the plan's {due.Length} are not drawn");
        if (drawn[^1] - shift > due[^1])
            inspection.Fault(Words.Invariant($"expert {drawn[^1]} is beyond the plan's {due.Length}"));
    }

    private static int[] Experts(Dag dag) => [.. dag.Nodes.Select(node => node.Experts).Distinct()
        .SelectMany(text => IndexRanges.Parse(text))
            .SelectMany(range => Enumerable.Range(range.First, Math.Min(range.Last - range.First + 1, 1 << 16)))
        .Distinct().Order()];

    /// <summary>What to add to the layers of a drawing that counts from 0.</summary>
    private static int LayerShift(Dag dag) =>
        dag.Nodes.Any(node => node.Layer == 0 || IndexRanges.Parse(node.Layers).Any(range => range.First == 0)) ? 1 : 0;
}
