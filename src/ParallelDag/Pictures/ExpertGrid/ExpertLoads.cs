using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag.Pictures.ExpertGrid;

/// <summary>The first expert-parallel group of a phase: which copies each of its GPUs holds, and how many tokens each copy gets.</summary>
/// <param name="Layout">The phase.</param>
/// <param name="Layer">The layer, from 1: the first one with experts.</param>
/// <param name="Gpus">The GPU of each rank of the group.</param>
/// <param name="Homes">The GPUs over which the experts of each rank are split, by tensor parallelism.</param>
/// <param name="Experts">Experts of the model.</param>
/// <param name="Cells">Per rank: each copy's expert and its tokens in one pass of the first micro-batch.</param>
/// <param name="Groups">Groups like it in a stage.</param>
internal sealed record ExpertLoads(
    PhaseLayout Layout, int Layer, int[] Gpus, GpuSet[] Homes, int Experts,
    IReadOnlyList<IReadOnlyList<(int Expert, long Tokens)>> Cells, int Groups)
{
    /// <summary>How many GPUs hold a part of each expert.</summary>
    public int Split => Homes[0].Count;

    /// <summary>Copies of each expert in the group.</summary>
    public IReadOnlyList<int> Copies { get; } = Count(Experts, Cells);

    /// <summary>Tokens of each rank.</summary>
    public IReadOnlyList<long> Sums { get; } = [.. Cells.Select(rank => rank.Sum(cell => cell.Tokens))];

    /// <summary>Tokens of the fullest rank over the mean; 1 without tokens.</summary>
    public double Imbalance => Sums.Sum() == 0 ? 1 : Sums.Max() / Sums.Average();

    /// <summary>The loads of a phase; null where no layer has routed experts.</summary>
    public static ExpertLoads? Of(DeploymentPlan plan, PhaseLayout layout)
    {
        PhaseSections sections = plan.Sections(layout);
        for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
        {
            if (sections.Layer(layer).Find(Ops.Experts) is not { Experts: ExpertPlacement placement } step)
                continue;
            int[][] groups = step.Mesh.Groups(Axis.Ep), splits = step.Mesh.Groups(Axis.Tp, Axis.Etp);
            int[] splitOf = step.Mesh.GroupOfRank([Axis.Tp, Axis.Etp], out _);
            int[] gpus = layout.StageGpus[layout.StageOf(layer) - 1];
            var tokens = (RoutedTensor)step.Inputs[0];
            return new ExpertLoads(
                layout,
                layer,
                [.. groups[0].Select(rank => gpus[rank])],
                [.. groups[0].Select(rank => GpuSet.FromGpus(splits[splitOf[rank]].Select(other => gpus[other])))],
                1 + Enumerable.Range(0, placement.Ranks).Max(rank => placement.CopiesOf(rank).DefaultIfEmpty(0).Max()),
                [.. groups[0].Select(rank => (IReadOnlyList<(int, long)>)[.. placement.CopiesOf(step.Mesh.Coordinate(rank, Axis.Ep))
                    .Zip(tokens.Tokens(rank).Counts)])],
                groups.Length);
        }

        return null;
    }

    private static int[] Count(int experts, IReadOnlyList<IReadOnlyList<(int Expert, long Tokens)>> cells)
    {
        int[] copies = new int[experts];
        foreach ((int expert, _) in cells.SelectMany(rank => rank))
            copies[expert]++;
        return copies;
    }
}
