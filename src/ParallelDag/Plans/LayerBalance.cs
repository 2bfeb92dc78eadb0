using ParallelDag.Durations;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Strategies;

namespace ParallelDag.Plans;

/// <summary>
/// Which layers each stage of each phase gets. <c>balance: true</c> asks for the contiguous split with the smallest slowest stage. Where
/// both
/// phases of a unified pool ask for it and nothing but the split would keep them from sharing weights, they get one split: the best for
/// the time that a sequence spends on a stage over its whole life, its prefill and all its decode steps. Two splits, each a little better
/// for
/// one phase, would have each GPU hold weights twice.
/// </summary>
internal static class LayerBalance
{
    /// <summary>The layers per stage of each set of instances of each phase.</summary>
    public static IReadOnlyDictionary<PhaseId, int[]> Split(PlanSpec spec)
    {
        PhaseStrategy? prefill = spec.Prefill, decode = spec.Decode;
        if (prefill is { Balance: true, LayersPerStage: null, Instances: null }
            && decode is { Balance: true, LayersPerStage: null, Instances: null }
            && spec.Cluster.Pool == PoolKind.Unified && PoolPlacement.SharesWeights(prefill, decode, [], []))
        {
            StageCosts together = CostsOf(spec, PhaseKind.Prefill, prefill) + CostsOf(spec, PhaseKind.Decode, decode);
            int[] split = together.Split(prefill.Pp);
            return new Dictionary<PhaseId, int[]> { [new(PhaseKind.Prefill)] = split, [new(PhaseKind.Decode)] = split };
        }

        return InstanceSets.Of(prefill, decode).ToDictionary(set => set.Id, set => Alone(spec, set.Id.Kind, set.Strategy));
    }

    private static int[] Alone(PlanSpec spec, PhaseKind phase, PhaseStrategy strategy) => strategy switch
    {
        { LayersPerStage: not null } => [.. strategy.LayersPerStage],
        { Balance: true } => CostsOf(spec, phase, strategy).Split(strategy.Pp),
        _ => LayerSplit.Even(spec.Model.Layers.Count, strategy.Pp),
    };

    /// <summary>
    /// Seconds that a sequence spends at each layer and at both ends: those of a micro-batch over its sequences, in decode for every step.
    /// Every stage is priced on the links of the first one, the ranks whose pp coordinate is 0.
    /// </summary>
    private static StageCosts CostsOf(PlanSpec spec, PhaseKind phase, PhaseStrategy strategy)
    {
        IReadOnlyList<PhasePass> all = PhasePass.Of(phase, strategy, spec.Workload);
        PhasePass pass = all[0];
        var sections = new PhaseSections(spec.Model, spec.Workload, phase, strategy, pass.Sequences, (pass.Start, pass.Length));
        DeviceMesh mesh = StrategyMesh.OfPhase(strategy);
        int[] gpus = [.. Enumerable.Range(0, mesh.Size).Where(rank => mesh.Coordinate(rank, Axis.Pp) == 0)];
        var model = new TimeModel(spec.Cluster, spec.Timing);
        int steps = phase == PhaseKind.Decode ? spec.Workload.OutputLength : all.Count(other => other.MicroBatch == 0);
        double passes = steps / (double)pass.Sequences;
        double[] costOfKind = [.. sections.Kinds.Select(Seconds)];
        return new StageCosts(
            [.. spec.Model.KindOfLayer.Select(kind => costOfKind[kind])], Seconds(sections.Entry), Seconds(sections.Exit));

        double Seconds(OperatorProgram program) => SectionTimes.Seconds(program, model, gpus) * passes;
    }

    private sealed record StageCosts(double[] Layers, double Entry, double Exit)
    {
        public static StageCosts operator +(StageCosts left, StageCosts right) =>
            new([.. left.Layers.Zip(right.Layers, (one, other) => one + other)], left.Entry + right.Entry, left.Exit + right.Exit);

        public int[] Split(int stages) => LayerSplit.Balanced(Layers, stages, Entry, Exit);
    }
}
