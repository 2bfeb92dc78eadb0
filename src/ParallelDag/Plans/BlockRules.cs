using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>A width that is split must stay a multiple of its quantisation block on every rank; engines fail on it otherwise.</summary>
internal static class BlockRules
{
    /// <summary>Every shard of a phase that its blocks do not divide; the phase must be right in all else.</summary>
    /// <param name="spec">The plan.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="name">Where it, or a set of its instances, stands in the plan.</param>
    /// <param name="strategy">Its strategy.</param>
    public static IEnumerable<PlanFault> Faults(PlanSpec spec, PhaseKind phase, string name, PhaseStrategy strategy)
    {
        ModelSpec model = spec.Model;
        if (!model.LayerKinds.Any(layer => layer.Weights(model.Hidden).Any(weight => HasBlocks(model, layer, weight))))
            return [];
        var faults = new List<PlanFault>();
        var sections = new PhaseSections(
            model, spec.Workload, phase, strategy, BatchSplit.Size(spec.Workload.Of(strategy), 0) * strategy.Replicas);
        foreach (OperatorProgram program in sections.Kinds)
        {
            foreach (OperatorStep step in program.Steps)
            {
                bool dense = step.Op is Ops.FfnUp or Ops.FfnDown && strategy.DenseTp is not null;
                (string key, int degree) = dense ? ("denseTp", strategy.DenseTp!.Value)
                    : step.Experts is not null && sections.Context.ExpertTensorAxis == Axis.Etp ? ("etp", strategy.Etp)
                    : ("tp", strategy.Tp);
                foreach (PlacedWeight weight in step.Weights)
                {
                    if (FaultOf(name, weight, key, degree, dense ? StrategyMesh.TensorDegrees(strategy) : null) is PlanFault fault)
                        faults.Add(fault);
                }
            }
        }

        // Several layers may share a fault.
        return faults.Distinct();
    }

    private static PlanFault? FaultOf(string name, PlacedWeight weight, string key, int degree, IReadOnlyList<int>? degrees)
    {
        long side = weight.Spec.SplitSide, local = weight.LocalWidth(0);

        // Engines pad the shards of MXFP4 experts (gpt-oss runs at tp 8); of other formats they refuse them.
        if (weight.SplitBlock is not int block || local == side || local % block == 0 || weight.Format == NumberFormat.MxFp4)
            return null;
        int works = degree;

        // A divisor of the degree, so that heads and widths that it divides stay divided.
        while (works > 1 && ((degrees is null ? degree % works != 0 : !degrees.Contains(works)) || side % works != 0
            || side / works % block != 0))
            works--;
        return new PlanFault($"{name}.{key}", Words.Invariant(
            $"{weight.Spec.Module} ({weight.Format}) would be split into widths of {local}, which its blocks of {block} do not divide; "
                + $"the largest {key} that works is {works}"));
    }

    private static bool HasBlocks(ModelSpec model, LayerSpec layer, WeightSpec weight) =>
        weight.Split != WeightSplit.None && layer.FormatOf(weight, model.Precision) is { } format
            && (format.BlockRows > 1 || format.BlockColumns > 1);
}
