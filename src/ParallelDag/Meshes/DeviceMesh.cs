using ParallelDag.Collections;

namespace ParallelDag.Meshes;

/// <summary>
/// Ranks with named axes, inner to outer:
/// <c>rank = c0 + D0*(c1 + D1*(c2 + ...))</c> for coordinates c and degrees D in axis order.
/// <para>
/// Worked example (Megatron's RankGenerator): 16 ranks, axes tp=2, dp=2, pp=4. Rank 5 has tp=1, dp=0, pp=1;
/// the tp groups are [0,1],[2,3],..; dp [0,2],[1,3],[4,6],..; pp [0,4,8,12],[1,5,9,13],...
/// </para>
/// </summary>
public sealed class DeviceMesh
{
    private readonly Axis[] _axes;
    private readonly int[] _degrees;
    private readonly int[] _strides;

    /// <summary>A mesh of the given axes, inner to outer.</summary>
    /// <exception cref="ArgumentException">An axis occurs twice or has a degree below 1.</exception>
    public DeviceMesh(params (Axis Axis, int Degree)[] axes)
    {
        _axes = new Axis[axes.Length];
        _degrees = new int[axes.Length];
        _strides = new int[axes.Length];
        int size = 1;
        for (int i = 0; i < axes.Length; i++)
        {
            if (IndexOf(axes[i].Axis, i) >= 0)
                throw new ArgumentException("an axis occurs twice", nameof(axes));
            (_axes[i], _degrees[i]) = axes[i];
            if (_degrees[i] < 1)
                throw new ArgumentException($"axis {_axes[i].ToName()} has degree {_degrees[i]}", nameof(axes));
            _strides[i] = size;
            size = checked(size * _degrees[i]);
        }

        Size = size;
    }

    /// <summary>The axes, inner to outer.</summary>
    public IReadOnlyList<Axis> Axes => field ??= _axes.ToValueList();

    /// <summary>The number of ranks: the product of all degrees.</summary>
    public int Size { get; }

    /// <summary>The degree of <paramref name="axis"/>; 1 for an axis that the mesh does not have.</summary>
    public int Degree(Axis axis)
    {
        int index = IndexOf(axis, _axes.Length);
        return index < 0 ? 1 : _degrees[index];
    }

    /// <summary>The product of the degrees of <paramref name="axes"/>.</summary>
    public int Degree(IEnumerable<Axis> axes) => axes.Aggregate(1, (product, axis) => product * Degree(axis));

    /// <summary>
    /// The coordinate of <paramref name="rank"/> along <paramref name="axis"/>; 0 for an axis that the mesh does not have.
    /// </summary>
    public int Coordinate(int rank, Axis axis)
    {
        int index = IndexOf(axis, _axes.Length);
        return index < 0 ? 0 : rank / _strides[index] % _degrees[index];
    }

    /// <summary>The rank at the given coordinates; axes left out are at 0.</summary>
    public int Rank(params ReadOnlySpan<(Axis Axis, int Coordinate)> coordinates)
    {
        int rank = 0;
        foreach ((Axis axis, int coordinate) in coordinates)
        {
            int index = IndexOf(axis, _axes.Length);
            if (index >= 0)
                rank += coordinate * _strides[index];
        }

        return rank;
    }

    /// <summary>
    /// The process groups of <paramref name="axes"/>: sets of ranks that differ in these axes only. Groups are ordered by their first rank,
    /// members by rank; together they are a partition of the mesh.
    /// </summary>
    public int[][] Groups(params ReadOnlySpan<Axis> axes)
    {
        int[] groupOf = GroupOfRank(axes, out int count);
        int[][] groups = new int[count][];
        int[] filled = new int[count];
        for (int rank = 0; rank < Size; rank++)
        {
            groups[groupOf[rank]] ??= new int[Size / count];
            groups[groupOf[rank]][filled[groupOf[rank]]++] = rank;
        }

        return groups;
    }

    /// <summary>The index, in <see cref="Groups"/>, of the group that each rank belongs to.</summary>
    public int[] GroupOfRank(ReadOnlySpan<Axis> axes, out int count)
    {
        int[] groupOf = new int[Size];
        Span<int> inner = stackalloc int[axes.Length];
        int known = 0;
        foreach (Axis axis in axes)
        {
            int index = IndexOf(axis, _axes.Length);
            if (index >= 0 && _degrees[index] > 1)
                inner[known++] = index;
        }

        count = 0;
        for (int rank = 0; rank < Size; rank++)
        {
            int first = rank;
            foreach (int index in inner[..known])
                first -= rank / _strides[index] % _degrees[index] * _strides[index];

            groupOf[rank] = first == rank ? count++ : groupOf[first];
        }

        return groupOf;
    }

    /// <summary>The mesh without one axis: the ranks that share a coordinate of it, in increasing order.</summary>
    public DeviceMesh Without(Axis axis) =>
        new([.. _axes.Zip(_degrees).Where(pair => pair.First != axis).Select(pair => (pair.First, pair.Second))]);

    // Meshes have a handful of axes and are asked for degrees by every operator of every program.
    private int IndexOf(Axis axis, int count)
    {
        for (int index = 0; index < count; index++)
        {
            if (_axes[index] == axis)
                return index;
        }

        return -1;
    }

    /// <summary><c>tp=2 sp=2 ep=4 dp=1 pp=4</c>, inner to outer.</summary>
    public override string ToString() => string.Join(' ', _axes.Zip(_degrees).Select(pair => $"{pair.First.ToName()}={pair.Second}"));
}
