using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Lowering;

/// <summary>One node of a step: the ranks that it stands for and what is known of it.</summary>
/// <param name="Ranks">Ranks of the stage mesh, ascending.</param>
/// <param name="Facts">The node's facts.</param>
internal sealed record Cell(int[] Ranks, NodeFacts Facts)
{
    /// <summary>The process groups, where it stands for several.</summary>
    public IReadOnlyList<int[]>? Groups { get; init; }
}

/// <summary>
/// The nodes of one step: a partition of the stage's ranks.
/// Device: one rank each, or one process group of a collective. Operator: ranks (or groups) with the same coordinates on the step's split
/// axes and the same local shapes, so unequal shards are separate nodes.
/// </summary>
internal sealed class StepCells
{
    private StepCells(OperatorStep step, IReadOnlyList<Cell> cells, int[] cellOfRank)
    {
        Step = step;
        Cells = cells;
        CellOfRank = cellOfRank;
    }

    /// <summary>The step.</summary>
    public OperatorStep Step { get; }

    /// <summary>The nodes, ordered by first rank.</summary>
    public IReadOnlyList<Cell> Cells { get; }

    /// <summary>The index in <see cref="Cells"/> for each rank of the stage.</summary>
    public int[] CellOfRank { get; }

    /// <summary>The nodes of a step of a program at a level of detail (Operator or Device).</summary>
    public static StepCells Of(OperatorProgram program, OperatorStep step, DetailLevel detail)
    {
        int ranks = step.Mesh.Size;
        int[] unitOfRank;
        int[][] units;
        if (step.Collective == CollectiveKind.None)
        {
            unitOfRank = [.. Enumerable.Range(0, ranks)];
            units = [.. Enumerable.Range(0, ranks).Select(rank => new[] { rank })];
        }
        else
        {
            Axis[] axes = [.. step.GroupAxes];
            unitOfRank = step.Mesh.GroupOfRank(axes, out _);
            units = step.Mesh.Groups(axes);
        }

        var values = new StepValues(program, step);
        return detail == DetailLevel.Device ? PerUnit(values, units, unitOfRank) : PerShard(values, units, unitOfRank);
    }

    private static StepCells PerUnit(StepValues values, int[][] units, int[] unitOfRank)
    {
        // Equal units share their facts: a large stage has few distinct shapes.
        var known = new Dictionary<UnitKey, NodeFacts>();
        var cells = new Cell[units.Length];
        for (int unit = 0; unit < units.Length; unit++)
        {
            ref NodeFacts? facts = ref CollectionsMarshal.GetValueRefOrAddDefault(known, values.KeyOf(units[unit]), out _);
            facts ??= Describe(values, [units[unit]], shard: null);
            cells[unit] = new Cell(units[unit], facts);
        }

        return new StepCells(values.Step, cells, unitOfRank);
    }

    private static StepCells PerShard(StepValues values, int[][] units, int[] unitOfRank)
    {
        OperatorStep step = values.Step;
        var indices = new Dictionary<UnitKey, int>();
        var members = new List<List<int[]>>();
        int[] cellOfUnit = new int[units.Length];
        for (int unit = 0; unit < units.Length; unit++)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(indices, values.ShapeKeyOf(units[unit]), out bool exists);
            if (!exists)
            {
                index = members.Count;
                members.Add([]);
            }

            cellOfUnit[unit] = index;
            members[index].Add(units[unit]);
        }

        var labels = new Dictionary<string, int>();
        var cells = new List<Cell>(members.Count);
        foreach (List<int[]> cell in members)
        {
            string label = string.Join('_', step.Split
                .Select(axis => Words.Invariant($"{axis.ToName()}{step.Mesh.Coordinate(cell[0][0], axis)}")));
            int same = labels.TryGetValue(label, out int count) ? count : 0;
            labels[label] = same + 1;
            string shard = same == 0
                ? label
                : Words.Invariant($"{label}{(label.Length > 0 ? "_" : "")}v{same + 1}");
            int[] ranks = [.. cell.SelectMany(unit => unit)];
            Array.Sort(ranks);
            bool groups = cell.Count > 1 && step.Collective != CollectiveKind.None;
            cells.Add(new Cell(ranks, Describe(values, cell, shard)) { Groups = groups ? cell : null });
        }

        return new StepCells(step, cells, [.. unitOfRank.Select(unit => cellOfUnit[unit])]);
    }

    /// <summary>The facts of a node that stands for the given ranks (one each) or process groups.</summary>
    private static NodeFacts Describe(StepValues values, IReadOnlyList<int[]> units, string? shard)
    {
        OperatorStep step = values.Step;
        int largest = units[0][0];
        Int128 flops = 0;
        long wire = 0;
        foreach (int[] unit in units)
        {
            foreach (int rank in unit)
            {
                flops += values.Flops(rank);
                if (values.InputElements(rank) > values.InputElements(largest))
                    largest = rank;
            }

            if (step.Traffic is not null)
                wire = checked(wire + step.Traffic.Of(unit).WireBytes);
        }

        string? experts = step.ExpertsOf(largest)?.ToString();
        bool collective = step.Traffic is not null;
        return new NodeFacts
        {
            Op = step.Op,
            Name = experts is null ? step.Name : $"{step.Name} {experts}",
            Kind = step.Kind,
            IdStem = step.IdStem,
            Shard = shard,
            PerMicroBatch = true,
            Input = LargestShapes(step.Inputs, units[0]),
            Output = LargestShapes(step.Outputs, units[0]),
            InputPlacement = Placements(step.Inputs),
            OutputPlacement = Placements(step.Outputs),
            Experts = experts,
            Collective = step.Collective,
            GroupSize = collective ? units[0].Length : 0,
            Groups = collective ? units.Count : 0,
            Bytes = collective ? step.Traffic!.Of(units[0]).Size : 0,
            WireBytes = wire,
            Flops = (decimal)flops,
            Rate = step.Work.Count > 0 ? step.Rate : null,
            HbmBytes = values.HbmBytes(largest),
            WeightBlocks = Blocks(step.Weights, largest),
            Kernel = step.Kernel,
            Extent = step.Extent(largest),
            Members = units.Count,
        };
    }

    /// <summary>
    /// Weights in blocks along the side that is split. Engines pad shards of MXFP4, which therefore need no whole blocks.
    /// </summary>
    private static string? Blocks(IReadOnlyList<PlacedWeight> weights, int rank)
    {
        var shards = new List<BlockedShard>();
        foreach (PlacedWeight weight in weights)
        {
            if (weight.SplitBlock is int block && weight.Format != NumberFormat.MxFp4 && weight.LocalWidth(rank) < weight.Spec.SplitSide)
                shards.Add(new BlockedShard(weight.Spec.Module, weight.LocalWidth(rank), weight.Spec.SplitSide, block));
        }

        return shards.Count == 0 ? null : BlockedShard.Join(shards);
    }

    /// <summary>The local shapes of tensors on one rank.</summary>
    public static TensorList Shapes(IReadOnlyList<ITensor> tensors, int rank) =>
        new([.. tensors.Select(tensor => new NamedTensor(tensor.Name, tensor.LocalShape(rank)))]);

    /// <summary>
    /// The local shapes of tensors on the members of a node; where they differ, the largest size of each dimension. (The units of a node
    /// are alike.)
    /// </summary>
    private static TensorList LargestShapes(IReadOnlyList<ITensor> tensors, int[] unit)
    {
        var named = new NamedTensor[tensors.Count];
        for (int i = 0; i < named.Length; i++)
        {
            Dimension[] largest = [.. tensors[i].LocalShape(unit[0]).Dimensions];
            foreach (int rank in unit.AsSpan(1))
            {
                IReadOnlyList<Dimension> other = tensors[i].LocalShape(rank).Dimensions;
                for (int k = 0; k < largest.Length; k++)
                {
                    if (other[k].Size > largest[k].Size)
                        largest[k] = other[k];
                }
            }

            named[i] = new NamedTensor(tensors[i].Name, new TensorShape(largest));
        }

        return new TensorList(named);
    }

    /// <summary>The placements of tensors, in their order.</summary>
    public static PlacementList Placements(IReadOnlyList<ITensor> tensors) =>
        PlacementList.Of([.. tensors.Select(tensor => (tensor.Name, tensor.Layout))]);
}
