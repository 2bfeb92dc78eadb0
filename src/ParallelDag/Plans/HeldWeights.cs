using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>The weights of a phase's fullest GPU by class.</summary>
internal static class HeldWeights
{
    /// <summary>Bytes by class; they sum to the weight bytes of <paramref name="fullest"/>.</summary>
    public static IReadOnlyList<KeyValuePair<WeightClass, long>> Of(DeploymentPlan plan, PhaseLayout layout, DagMemory fullest)
    {
        SortedDictionary<WeightClass, long> sums = [];
        for (int rank = 0; rank < layout.StageMesh.Size; rank++)
        {
            sums = OfRank(plan, layout, fullest.Stage, rank);
            if (sums.Values.Sum() == fullest.WeightBytes)
                break;
        }

        return [.. sums];
    }

    /// <summary>Bytes by class on one rank (of the stage mesh) of a stage, from 1.</summary>
    public static SortedDictionary<WeightClass, long> OfRank(DeploymentPlan plan, PhaseLayout layout, int stage, int rank)
    {
        PhaseSections sections = plan.Sections(layout);
        DagStage range = layout.Stages[stage - 1];
        SortedDictionary<WeightClass, long> sums = [];
        if (stage == 1)
            Add(sums, sections.Entry, rank, 1);
        foreach (IGrouping<int, int> layers in Enumerable.Range(range.FirstLayer, range.LastLayer - range.FirstLayer + 1)
            .GroupBy(layer => plan.Model.KindOfLayer[layer - 1]))
            Add(sums, sections.Kinds[layers.Key], rank, layers.Count());
        if (stage == layout.Stages.Count)
            Add(sums, sections.Exit, rank, 1);
        return sums;
    }

    private static void Add(SortedDictionary<WeightClass, long> sums, OperatorProgram program, int rank, int times)
    {
        foreach (PlacedWeight weight in program.Steps.SelectMany(step => step.Weights))
            sums[weight.Spec.Class] = checked(sums.GetValueOrDefault(weight.Spec.Class) + (weight.Bytes(rank) * times));
    }
}
