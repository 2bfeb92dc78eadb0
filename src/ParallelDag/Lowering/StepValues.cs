using System.Runtime.InteropServices;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>The numbers of a step, evaluated once for each class of ranks of its program, and what tells its nodes apart.</summary>
internal sealed class StepValues
{
    private readonly RankClasses _classes;
    private readonly Int128[] _flops;
    private readonly long[] _hbmBytes;
    private readonly long[] _inputElements;

    // Per class: which shapes its ranks hold, and which shapes and numbers; equal entries are equal in every respect.
    private readonly int[] _shapes;
    private readonly int[] _numbers;

    public StepValues(OperatorProgram program, OperatorStep step)
    {
        Step = step;
        _classes = program.Classes;
        int count = _classes.Count;
        (_flops, _hbmBytes, _inputElements) = (new Int128[count], new long[count], new long[count]);
        (_shapes, _numbers) = (new int[count], new int[count]);
        var shapes = new Dictionary<UnitKey, int>();
        var numbers = new Dictionary<UnitKey, int>();
        var values = new List<long>();
        for (int index = 0; index < count; index++)
        {
            int rank = _classes.Representatives[index];
            _flops[index] = step.Flops(rank);
            _hbmBytes[index] = step.HbmBytes(rank);
            _inputElements[index] = step.Inputs[0].LocalElements(rank);
            values.Clear();
            foreach (ITensor tensor in step.Inputs)
                AddShape(tensor, rank, values);
            foreach (ITensor tensor in step.Outputs)
                AddShape(tensor, rank, values);
            _shapes[index] = IndexOf(shapes, values);
            values.AddRange([(long)(_flops[index] >> 64), (long)(ulong)(_flops[index] & ulong.MaxValue), _hbmBytes[index]]);
            _numbers[index] = IndexOf(numbers, values);
        }
    }

    /// <summary>The step.</summary>
    public OperatorStep Step { get; }

    /// <summary>Floating-point operations of a rank.</summary>
    public Int128 Flops(int rank) => _flops[_classes.ClassOfRank[rank]];

    /// <summary>Bytes that a rank moves through its memory.</summary>
    public long HbmBytes(int rank) => _hbmBytes[_classes.ClassOfRank[rank]];

    /// <summary>Elements of a rank's first input.</summary>
    public long InputElements(int rank) => _inputElements[_classes.ClassOfRank[rank]];

    /// <summary>Units with equal keys make one node of the Operator view: split coordinates and local shapes agree.</summary>
    public UnitKey ShapeKeyOf(int[] unit) => KeyOf(unit, _shapes);

    /// <summary>Units with equal keys share their facts: operations and bytes agree too.</summary>
    public UnitKey KeyOf(int[] unit) => KeyOf(unit, _numbers);

    private UnitKey KeyOf(int[] unit, int[] indexOfClass)
    {
        bool collective = Step.Traffic is not null;
        long[] values = new long[Step.Split.Count + unit.Length + (collective ? 1 : 0)];
        int next = 0;
        foreach (Axis axis in Step.Split)
            values[next++] = Step.Mesh.Coordinate(unit[0], axis);
        foreach (int rank in unit)
            values[next++] = indexOfClass[_classes.ClassOfRank[rank]];
        if (collective)
            values[next] = Step.Traffic!.Of(unit).Size;
        return new UnitKey(values);
    }

    private static int IndexOf(Dictionary<UnitKey, int> known, List<long> values)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(known, new UnitKey([.. values]), out bool exists);
        if (!exists)
            index = known.Count - 1;
        return index;
    }

    private static void AddShape(ITensor tensor, int rank, List<long> values)
    {
        foreach (Dimension dimension in tensor.LocalShape(rank).Dimensions)
            values.Add(dimension.Size ?? 0);
    }
}

/// <summary>A list of numbers, compared by value.</summary>
internal readonly struct UnitKey(long[] values) : IEquatable<UnitKey>
{
    private readonly long[] _values = values;

    public bool Equals(UnitKey other) => _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => obj is UnitKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(_values.AsSpan()));
        return hash.ToHashCode();
    }
}
