using System.Globalization;
using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>One node of a step: the ranks that it stands for and what is known of it.</summary>
/// <param name="Ranks">Ranks of the stage mesh, ascending.</param>
/// <param name="Facts">The node's facts.</param>
internal sealed record Cell(int[] Ranks, NodeFacts Facts);

/// <summary>
/// The nodes of one step: a partition of the stage's ranks.
/// Device: one rank each, or one process group of a collective. Operator: ranks (or groups) with the same coordinates on the step's split axes and
/// the same local shapes, so unequal shards are separate nodes.
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

    /// <summary>The nodes of a step at a level of detail (Operator or Device).</summary>
    public static StepCells Of(OperatorStep step, DetailLevel detail)
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

        return detail == DetailLevel.Device ? PerUnit(step, units, unitOfRank) : PerShard(step, units, unitOfRank);
    }

    private static StepCells PerUnit(OperatorStep step, int[][] units, int[] unitOfRank)
    {
        // Equal units share their facts: a large stage has few distinct shapes.
        var known = new Dictionary<ShapeKey, NodeFacts>();
        var cells = new List<Cell>(units.Length);
        foreach (int[] unit in units)
        {
            ref NodeFacts? facts = ref CollectionsMarshal.GetValueRefOrAddDefault(known, ShapeKey.Exact(step, unit), out _);
            facts ??= Describe(step, [unit], shard: null);
            cells.Add(new Cell(unit, facts));
        }

        return new StepCells(step, cells, unitOfRank);
    }

    private static StepCells PerShard(OperatorStep step, int[][] units, int[] unitOfRank)
    {
        var indices = new Dictionary<ShapeKey, int>();
        var members = new List<List<int[]>>();
        int[] cellOfUnit = new int[units.Length];
        for (int unit = 0; unit < units.Length; unit++)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(indices, ShapeKey.Drawn(step, units[unit]), out bool exists);
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
            string label = string.Join('_', step.Split.Select(axis => string.Create(CultureInfo.InvariantCulture, $"{axis.ToName()}{step.Mesh.Coordinate(cell[0][0], axis)}")));
            int same = labels.TryGetValue(label, out int count) ? count : 0;
            labels[label] = same + 1;
            string shard = same == 0 ? label : string.Create(CultureInfo.InvariantCulture, $"{label}{(label.Length > 0 ? "_" : "")}v{same + 1}");
            int[] ranks = [.. cell.SelectMany(unit => unit)];
            Array.Sort(ranks);
            cells.Add(new Cell(ranks, Describe(step, cell, shard)));
        }

        return new StepCells(step, cells, [.. unitOfRank.Select(unit => cellOfUnit[unit])]);
    }

    /// <summary>The facts of a node that stands for the given ranks (one each) or process groups.</summary>
    private static NodeFacts Describe(OperatorStep step, IReadOnlyList<int[]> units, string? shard)
    {
        int largest = units[0][0];
        Int128 flops = 0;
        long wire = 0;
        foreach (int[] unit in units)
        {
            foreach (int rank in unit)
            {
                flops += step.Flops(rank);
                if (step.Inputs[0].LocalElements(rank) > step.Inputs[0].LocalElements(largest))
                    largest = rank;
            }

            if (step.GroupTraffic is not null)
                wire = checked(wire + step.GroupTraffic(unit).WireBytes);
        }

        string? experts = step.Experts?.Invoke(largest).ToString();
        bool collective = step.GroupTraffic is not null;
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
            Bytes = collective ? step.GroupTraffic!(units[0]).Size : 0,
            WireBytes = wire,
            Flops = (decimal)flops,
            HbmBytes = step.HbmBytes(largest),
            Members = units.Count,
        };
    }

    /// <summary>The local shapes of tensors on one rank.</summary>
    public static TensorList Shapes(IReadOnlyList<ITensor> tensors, int rank) =>
        new([.. tensors.Select(tensor => new NamedTensor(tensor.Name, tensor.LocalShape(rank)))]);

    /// <summary>The local shapes of tensors on the members of a node; where they differ, the largest size of each dimension. (The units of a node are alike.)</summary>
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

    /// <summary>What makes two units one node, or lets them share facts: a list of numbers, compared by value.</summary>
    private readonly struct ShapeKey(long[] values) : IEquatable<ShapeKey>
    {
        private readonly long[] _values = values;

        /// <summary>Split coordinates and local shapes.</summary>
        public static ShapeKey Drawn(OperatorStep step, int[] unit)
        {
            var values = new List<long>();
            AddShapes(step, unit, values);
            return new ShapeKey([.. values]);
        }

        /// <summary>The same and the operations.</summary>
        public static ShapeKey Exact(OperatorStep step, int[] unit)
        {
            var values = new List<long>();
            AddShapes(step, unit, values);
            foreach (int rank in unit)
            {
                Int128 flops = step.Flops(rank);
                values.Add((long)(flops >> 64));
                values.Add((long)(ulong)(flops & ulong.MaxValue));
            }

            return new ShapeKey([.. values]);
        }

        public bool Equals(ShapeKey other) => _values.AsSpan().SequenceEqual(other._values);

        public override bool Equals(object? obj) => obj is ShapeKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(_values.AsSpan()));
            return hash.ToHashCode();
        }

        private static void AddShapes(OperatorStep step, int[] unit, List<long> values)
        {
            foreach (Axis axis in step.Split)
                values.Add(step.Mesh.Coordinate(unit[0], axis));
            if (step.GroupTraffic is not null)
                values.Add(step.GroupTraffic(unit).Size);
            foreach (int rank in unit)
            {
                foreach (ITensor tensor in step.Inputs)
                    AddShape(tensor, rank, values);
                foreach (ITensor tensor in step.Outputs)
                    AddShape(tensor, rank, values);
            }
        }

        private static void AddShape(ITensor tensor, int rank, List<long> values)
        {
            foreach (Dimension dimension in tensor.LocalShape(rank).Dimensions)
                values.Add(dimension.Size ?? 0);
        }
    }
}
