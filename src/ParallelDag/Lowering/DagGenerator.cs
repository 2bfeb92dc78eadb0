using ParallelDag.Plans;
using ParallelDag.Durations;

namespace ParallelDag.Lowering;

/// <summary>Turns a plan into its DAG at a level of detail.</summary>
public static class DagGenerator
{
    /// <summary>
    /// Generates the DAG. O(nodes + edges) time and memory; deterministic.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="detail">How finely.</param>
    /// <param name="phase">One phase only, or null for all of the plan.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The plan does not have the phase, the graph passes the machine's memory, or sizes pass
    /// 2^63.</exception>
    public static Dag Generate(DeploymentPlan plan, DetailLevel detail = DetailLevel.Operator, PhaseKind? phase = null,
        CancellationToken cancellation = default)
    {
        PhaseLayout[] layouts = [.. plan.Phases.Where(layout => phase is null || layout.Phase == phase)];
        if (layouts.Length == 0)
            throw new InputException($"the plan {plan.Name} has no {phase!.Value.ToName()} phase");
        try
        {
            var builder = new DagBuilder();
            if (detail == DetailLevel.Device)
            {
                var size = SizeEstimate.OfDeviceGraph(plan, layouts);
                size.Require(plan.Name, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
                builder.Reserve((int)size.Nodes);
            }

            var tables = new LoweringTables(builder);
            if (detail == DetailLevel.Overview)
                new OverviewLowering(plan, tables).Run(layouts);
            else
                LowerPhases(plan, layouts, detail, tables, cancellation);
            return tables.Builder.Build(Header(plan, layouts, detail), tables.EdgeFacts(), clock: new ModelClock(plan.TimeModel),
                cancellation: cancellation);
        }
        catch (OverflowException)
        {
            throw new InputException(
                $"the sizes of plan {plan.Name} pass 2^63; lower the batch, the sequence length or the model's dimensions");
        }
    }

    private static void LowerPhases(DeploymentPlan plan, PhaseLayout[] layouts, DetailLevel detail, LoweringTables tables,
        CancellationToken cancellation)
    {
        var prefills = new List<(PhaseLayout Layout, PhaseLowering Lowering)>();
        foreach (PhaseLayout layout in layouts.Where(layout => layout.Phase == PhaseKind.Prefill))
            prefills.Add((layout, Lower(layout)));
        var handOffs = new List<KvHandOff>();
        PhaseLayout[] decodes = [.. layouts.Where(layout => layout.Phase == PhaseKind.Decode)];
        if (prefills.Count > 0 && decodes.Length > 0)
        {
            foreach (HandedSets sets in HandedSets.Of(plan))
                handOffs.Add(new KvHandOff(sets, detail, tables, prefills.Find(prefill => prefill.Layout == sets.Prefill).Lowering));
            for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (KvHandOff handOff in handOffs)
                    handOff.AddTransfers(layer);
            }
        }

        var inOrder = HandedSets.InOrder(plan).ToHashSet();
        foreach (PhaseLayout layout in decodes)
        {
            PhaseLowering decode = Lower(layout);
            foreach (KvHandOff handOff in handOffs.Where(handOff => handOff.Sets.Decode == layout))
                handOff.Deliver(decode, cancellation);
            foreach ((PhaseLayout prefill, PhaseLowering lowering) in prefills)
            {
                if (inOrder.Contains((prefill, layout)))
                    lowering.HandTokens(decode);
            }
        }

        PhaseLowering Lower(PhaseLayout layout)
        {
            var lowering = new PhaseLowering(plan, layout, detail, tables, cancellation);
            lowering.Run();
            return lowering;
        }
    }

    private static DagHeader Header(DeploymentPlan plan, PhaseLayout[] layouts, DetailLevel detail) => new()
    {
        Name = plan.Name,
        Detail = detail,
        Pool = GpuSet.Range(0, plan.Cluster.Gpus - 1),
        Cluster = plan.Cluster,
        Limits = plan.Spec.Limits,
        TokenSeconds = plan.Spec.Limits?.Tpot is null ? null : PlanPass.TokenSeconds(plan),
        OutputRate = plan.Spec.Limits?.OutputThroughput is null ? null : PlanPass.RequestsOfGpu(plan) * plan.Workload.OutputLength,
        TotalRate = plan.Spec.Limits?.TotalThroughput is null ? null
            : PlanPass.RequestsOfGpu(plan) * ((double)plan.Workload.PromptLength + plan.Workload.OutputLength),
        Phases = [.. layouts.Select(layout => layout.ToDagPhase())],
        Memory = [.. MemoryPlan.Of(plan).Where(memory => layouts.Any(layout => layout.Id == memory.Phase))],
    };
}
