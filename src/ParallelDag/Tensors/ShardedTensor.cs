using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Precisions;

namespace ParallelDag.Tensors;

/// <summary>
/// A tensor spread over a device mesh: global dimensions and a placement per axis. Immutable.
/// <para>
/// Where several axes shard one dimension they nest in the order in which their placements were given, outer to inner, whatever the rank
/// order;
/// an axis that changes its placement goes innermost, as a collective over it moves data within what its ranks held before.
/// Parts differ by at most one element.
/// </para>
/// <para>
/// Worked example: [batch_size=4, seq_len=10240, hidden=512] with S(batch_size) on ep=4 and S(seq_len) on sp=2
/// is [batch_size=1, seq_len=5120, hidden=512] on every GPU.
/// </para>
/// </summary>
public sealed class ShardedTensor : ITensor
{
    // A tensor is made of another for every operator of every program: arrays, and no iterators.
    private readonly (string Name, long Size)[] _dimensions;
    private readonly (Axis Axis, Placement Placement)[] _placements;
    private readonly Axis[][] _shardedBy;

    /// <summary>A tensor on a mesh; axes that <paramref name="placements"/> leaves out replicate it.</summary>
    public ShardedTensor(
        string? name,
        DeviceMesh mesh,
        NumberFormat format,
        IReadOnlyList<(string Name, long Size)> dimensions,
        IReadOnlyList<(Axis Axis, Placement Placement)> placements)
        : this(name, mesh, format, dimensions.ToArray(), placements.ToArray())
    {
    }

    private ShardedTensor(
        string? name, DeviceMesh mesh, NumberFormat format, (string Name, long Size)[] dimensions,
        (Axis Axis, Placement Placement)[] placements)
    {
        (Name, Mesh, Format, _dimensions, _placements) = (name, mesh, format, dimensions, placements);
        _shardedBy = new Axis[dimensions.Length][];
        Span<Axis> axes = stackalloc Axis[placements.Length];
        for (int dimension = 0; dimension < _shardedBy.Length; dimension++)
        {
            int count = 0;
            foreach ((Axis axis, Placement placement) in placements)
            {
                if (placement.Kind == PlacementKind.Shard && placement.Dimension == dimensions[dimension].Name && mesh.Degree(axis) > 1)
                    axes[count++] = axis;
            }

            _shardedBy[dimension] = count == 0 ? [] : axes[..count].ToArray();
        }
    }

    /// <inheritdoc/>
    public string? Name { get; }

    /// <summary>The mesh.</summary>
    public DeviceMesh Mesh { get; }

    /// <inheritdoc/>
    public NumberFormat Format { get; }

    /// <summary>Global dimensions, outermost first.</summary>
    public IReadOnlyList<(string Name, long Size)> Dimensions => _dimensions;

    /// <summary>The placement of each axis, in nesting order; axes left out replicate.</summary>
    public IReadOnlyList<(Axis Axis, Placement Placement)> Placements => _placements;

    /// <inheritdoc/>
    public TensorPlacement Layout => new([.. Mesh.Axes.Where(axis => Mesh.Degree(axis) > 1).Select(axis => (axis, PlacementOn(axis)))]);

    /// <summary>The placement along <paramref name="axis"/>.</summary>
    public Placement PlacementOn(Axis axis)
    {
        foreach ((Axis placed, Placement placement) in _placements)
        {
            if (placed == axis)
                return placement;
        }

        return Placement.Replicate;
    }

    /// <summary>The same tensor with another placement on some axes, which then nest innermost.</summary>
    public ShardedTensor With(params ReadOnlySpan<(Axis Axis, Placement Placement)> changes)
    {
        Span<(Axis Axis, Placement Placement)> placements = new (Axis, Placement)[_placements.Length + changes.Length];
        int kept = 0;
        foreach ((Axis Axis, Placement Placement) own in _placements)
        {
            bool changed = false;
            foreach ((Axis axis, _) in changes)
                changed |= axis == own.Axis;
            if (!changed)
                placements[kept++] = own;
        }

        changes.CopyTo(placements[kept..]);
        return new ShardedTensor(Name, Mesh, Format, _dimensions, placements[..(kept + changes.Length)].ToArray());
    }

    /// <summary>The same tensor in another format.</summary>
    public ShardedTensor In(NumberFormat format) => format == Format ? this : new(Name, Mesh, format, _dimensions, _placements);

    /// <summary>The local size of dimension <paramref name="dimension"/> on <paramref name="rank"/>.</summary>
    public long LocalSize(int rank, int dimension) => LocalRange(rank, dimension).Length;

    /// <summary>The part of dimension <paramref name="dimension"/> that <paramref name="rank"/> holds.</summary>
    public (long Start, long Length) LocalRange(int rank, int dimension)
    {
        long start = 0, length = _dimensions[dimension].Size;
        foreach (Axis axis in _shardedBy[dimension])
        {
            int degree = Mesh.Degree(axis), coordinate = Mesh.Coordinate(rank, axis);
            start += Partition.Start(length, degree, coordinate);
            length = Partition.Size(length, degree, coordinate);
        }

        return (start, length);
    }

    /// <inheritdoc/>
    public TensorShape LocalShape(int rank)
    {
        var dimensions = new Dimension[_dimensions.Length];
        for (int i = 0; i < dimensions.Length; i++)
            dimensions[i] = new Dimension(_dimensions[i].Name, LocalSize(rank, i));
        return new TensorShape(dimensions);
    }

    /// <inheritdoc/>
    public long LocalElements(int rank)
    {
        long elements = 1;
        for (int i = 0; i < _dimensions.Length; i++)
            elements = checked(elements * LocalSize(rank, i));
        return elements;
    }

    T ITensor.Elements<T>(int rank) => Elements<T>(rank);

    /// <summary>The local size of a dimension as a formula: the whole, shared out over one axis after the other.</summary>
    internal T LocalSize<T>(int rank, int dimension)
        where T : IExact<T>
    {
        T size = T.Of(_dimensions[dimension].Size, _dimensions[dimension].Name);
        foreach (Axis axis in _shardedBy[dimension])
            size = T.Share(size, Mesh.Degree(axis), Mesh.Coordinate(rank, axis), axis.ToName());
        return size;
    }

    private T Elements<T>(int rank)
        where T : IExact<T>
    {
        T elements = T.Of(LocalSize(rank, 0), _dimensions[0].Name);
        for (int i = 1; i < _dimensions.Length; i++)
            elements *= T.Of(LocalSize(rank, i), _dimensions[i].Name);
        return elements;
    }

    /// <inheritdoc/>
    public void Distinguish(RankClasses classes)
    {
        for (int i = 0; i < _shardedBy.Length; i++)
            classes.SplitByShards(Mesh, _shardedBy[i], _dimensions[i].Size);
    }

    /// <summary>The elements that <paramref name="rank"/> holds both of this tensor and of <paramref name="other"/>, which has the same
    /// dimensions.</summary>
    public long SharedElements(int rank, ShardedTensor other)
    {
        long elements = 1;
        for (int i = 0; i < _dimensions.Length; i++)
        {
            (long start, long length) = LocalRange(rank, i);
            (long otherStart, long otherLength) = other.LocalRange(rank, i);
            elements *= Math.Max(0, Math.Min(start + length, otherStart + otherLength) - Math.Max(start, otherStart));
        }

        return elements;
    }
}
