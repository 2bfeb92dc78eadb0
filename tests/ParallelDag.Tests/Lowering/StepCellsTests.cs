using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>The nodes of a step against its numbers rank by rank, asked of the step itself.</summary>
public class StepCellsTests
{
#if MUTANTS
    private const int Plans = 14;
#else
    private const int Plans = 60;
#endif

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Plans)];

    /// <summary>Every distinct program of a plan's passes.</summary>
    private static IEnumerable<OperatorProgram> Programs(DeploymentPlan plan) => plan.Phases
        .SelectMany(layout => Enumerable.Range(0, layout.Passes.Count).Select(pass => plan.Sections(layout, pass)))
        .SelectMany(TestPlans.Programs).Distinct();

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_node_says_what_its_ranks_do_together(int seed)
    {
        foreach (OperatorProgram program in Programs(TestPlans.Random(seed)))
        {
            foreach (OperatorStep step in program.Steps)
            {
                foreach (DetailLevel detail in new[] { DetailLevel.Device, DetailLevel.Operator })
                {
                    var cells = StepCells.Of(program, step, detail);
                    Assert.Equal(Enumerable.Range(0, step.Mesh.Size), cells.Cells.SelectMany(cell => cell.Ranks).Order());
                    Assert.Equal(cells.Cells.OrderBy(cell => cell.Ranks[0]), cells.Cells);
                    for (int index = 0; index < cells.Cells.Count; index++)
                    {
                        Assert.All(cells.Cells[index].Ranks, rank => Assert.Equal(index, cells.CellOfRank[rank]));
                        Same(step, cells.Cells[index], detail);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Device: a rank or a process group a node. Operator: those that agree in coordinates on the split axes and in shapes.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Ranks_that_agree_make_one_node(int seed)
    {
        foreach (OperatorProgram program in Programs(TestPlans.Random(seed)))
        {
            foreach (OperatorStep step in program.Steps)
            {
                int[][] units = Units(step);
                Assert.Equal(units, StepCells.Of(program, step, DetailLevel.Device).Cells.Select(cell => cell.Ranks));
                string[] expected = [.. units.GroupBy(unit => KeyOf(step, unit))
                    .Select(alike => Text(alike.SelectMany(unit => unit).Order()))];
                IReadOnlyList<Cell> cells = StepCells.Of(program, step, DetailLevel.Operator).Cells;
                Assert.Equal(expected, cells.Select(cell => Text(cell.Ranks)));
                var seen = new Dictionary<string, int>();
                foreach (Cell cell in cells)
                {
                    string label = string.Join('_', step.Split
                        .Select(axis => $"{axis.ToName()}{step.Mesh.Coordinate(cell.Ranks[0], axis)}"));
                    seen[label] = seen.GetValueOrDefault(label) + 1;
                    string number = seen[label] == 1 ? "" : $"v{seen[label]}";
                    Assert.Equal(label.Length > 0 && number.Length > 0 ? $"{label}_{number}" : label + number, cell.Facts.Shard);
                }
            }
        }
    }

    private static string Text(IEnumerable<int> ranks) => string.Join(' ', ranks);

    private static int[][] Units(OperatorStep step) => step.Collective == CollectiveKind.None
        ? [.. Enumerable.Range(0, step.Mesh.Size).Select(rank => new[] { rank })] : step.Mesh.Groups([.. step.GroupAxes]);

    private static string KeyOf(OperatorStep step, int[] unit) => string.Join('|',
    [
        .. step.Split.Select(axis => $"{step.Mesh.Coordinate(unit[0], axis)}"),
        .. unit.Select(rank => string.Join(';', step.Inputs.Concat(step.Outputs).Select(tensor => tensor.LocalShape(rank)))),
        $"{step.Traffic?.Of(unit).Size}",
    ]);

    private static void Same(OperatorStep step, Cell cell, DetailLevel detail)
    {
        NodeFacts facts = cell.Facts;
        int[][] units = [.. Units(step).Where(unit => cell.Ranks.Contains(unit[0]))];
        Assert.Equal(cell.Ranks.Order(), cell.Ranks);
        Assert.Equal(units.Length, facts.Members);
        Assert.Equal(detail == DetailLevel.Device, facts.Shard is null);
        Assert.True(facts.PerMicroBatch);

        // The first of the ranks that read most.
        int largest = units.SelectMany(unit => unit).MaxBy(step.Inputs[0].LocalElements);
        Assert.Equal((decimal)cell.Ranks.Aggregate((Int128)0, (sum, rank) => sum + step.Flops(rank)), facts.Flops);
        Assert.Equal(step.HbmBytes(largest), facts.HbmBytes);
        Assert.Equal(step.Extent(largest), facts.Extent);
        Assert.Equal(step.Kernel, facts.Kernel);
        Assert.Equal(step.Work.Count == 0 ? null : step.Rate, facts.Rate);
        string? experts = step.ExpertsOf(largest)?.ToString();
        Assert.Equal(experts, facts.Experts);
        Assert.Equal(experts is null ? step.Name : $"{step.Name} {experts}", facts.Name);
        Shapes(step.Inputs, facts.Input);
        Shapes(step.Outputs, facts.Output);
        if (step.Collective == CollectiveKind.None)
        {
            Assert.Equal((0, 0L, 0L, 0L), (facts.GroupSize, facts.Groups!.Value, facts.Bytes!.Value, facts.WireBytes));
            Assert.Null(cell.Groups);
            return;
        }

        Assert.Equal((units[0].Length, units.Length), (facts.GroupSize, facts.Groups));
        Assert.Equal(units.Sum(unit => step.Traffic!.Of(unit).WireBytes), facts.WireBytes);
        Assert.All(units, unit => Assert.Equal(facts.Bytes, step.Traffic!.Of(unit).Size));
        if (units.Length == 1)
            Assert.Null(cell.Groups);
        else
            Assert.Equal(units, cell.Groups!);

        // Of what the members of a group hold, the largest in each dimension.
        void Shapes(IReadOnlyList<ITensor> tensors, TensorList told)
        {
            Assert.Equal(tensors.Select(tensor => tensor.Name), told.Tensors.Select(tensor => tensor.Name));
            foreach ((ITensor tensor, NamedTensor named) in tensors.Zip(told.Tensors))
            {
                for (int axis = 0; axis < named.Shape.Dimensions.Count; axis++)
                {
                    Assert.Equal(units[0].Max(rank => tensor.LocalShape(rank).Dimensions[axis].Size),
                        named.Shape.Dimensions[axis].Size);
                }
            }
        }
    }
}
