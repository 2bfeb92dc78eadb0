using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>A weight as the ranks of a stage hold it: its format, and the axis over which it is split.</summary>
public class PlacedWeight
{
    private readonly DeviceMesh _mesh;
    private readonly Axis[] _axes;
    private readonly int _degree;
    private readonly long _parts;
    private readonly long _partSize;

    /// <summary>Places a weight.</summary>
    /// <param name="spec">The weight.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="mesh">The ranks.</param>
    /// <param name="axis">The axis that <see cref="WeightSpec.Split"/> refers to; null keeps the weight whole on every rank.</param>
    public PlacedWeight(WeightSpec spec, NumberFormat format, DeviceMesh mesh, Axis? axis)
        : this(spec, format, mesh, axis is Axis one ? [one] : [])
    {
    }

    /// <summary>Places a weight that several axes split.</summary>
    /// <param name="spec">The weight.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="mesh">The ranks.</param>
    /// <param name="axes">The axes that <see cref="WeightSpec.Split"/> refers to, outer to inner; none keep the weight whole.</param>
    public PlacedWeight(WeightSpec spec, NumberFormat format, DeviceMesh mesh, IReadOnlyList<Axis> axes)
    {
        Spec = spec;
        Format = format;
        _mesh = mesh;
        _axes = [.. axes];
        _degree = spec.Split != WeightSplit.None ? mesh.Degree(_axes) : 1;
        long side = spec.Split == WeightSplit.Columns ? spec.Columns : spec.Rows;
        long units = spec.Units == 0 ? side : spec.Units;
        _partSize = side / units;
        _parts = Math.Max(units, spec.Units == 0 ? units : _degree);
    }

    /// <summary>The weight.</summary>
    public WeightSpec Spec { get; }

    /// <summary>How it is stored.</summary>
    public NumberFormat Format { get; }

    /// <summary>The axes that split the weight.</summary>
    public virtual IEnumerable<Axis> SplitAxes => _degree > 1 ? _axes.Where(axis => _mesh.Degree(axis) > 1) : [];

    /// <summary>The ranks.</summary>
    private protected DeviceMesh Ranks => _mesh;

    /// <summary>The elements of a quantisation block along the side that is split; null where there are none or nothing is split.</summary>
    public int? SplitBlock => Spec.Split switch
    {
        WeightSplit.Rows when Format.BlockRows > 1 => Format.BlockRows,
        WeightSplit.Columns when Format.BlockColumns > 1 => Format.BlockColumns,
        _ => null,
    };

    /// <summary>The side that is split, on <paramref name="rank"/>.</summary>
    public long LocalWidth(int rank) => Spec.Split == WeightSplit.Columns ? Columns(rank) : Rows(rank);

    /// <summary>Outputs of one matrix on <paramref name="rank"/>.</summary>
    public long Rows(int rank) => Spec.Split == WeightSplit.Rows ? LocalSide(rank) : Spec.Rows;

    /// <summary>Inputs of one matrix on <paramref name="rank"/>.</summary>
    public long Columns(int rank) => Spec.Split == WeightSplit.Columns ? LocalSide(rank) : Spec.Columns;

    /// <summary>Matrices on <paramref name="rank"/>.</summary>
    public virtual long Count(int rank) => Spec.Count;

    /// <summary>Elements of one matrix on <paramref name="rank"/>.</summary>
    public long MatrixElements(int rank) => checked(Rows(rank) * Columns(rank));

    /// <summary>Bytes that <paramref name="rank"/> holds.</summary>
    public long Bytes(int rank) => checked((long)Held<Exact>(rank).Value);

    /// <summary>Bytes that <paramref name="rank"/> reads in one pass: what it holds, unless a lookup or a routing touches a part.</summary>
    public long TouchedBytes(int rank) => checked((long)Touched<Exact>(rank).Value);

    /// <summary>True where the more tokens a pass has the more of it is read.</summary>
    internal virtual bool GrowsWithTokens => false;

    /// <summary>Elements of one matrix as a formula.</summary>
    internal T MatrixElements<T>(int rank)
        where T : IExact<T> => T.Of(Rows(rank), Spec.Module) * T.Of(Columns(rank), "inputs");

    /// <summary>Bytes that <paramref name="rank"/> holds, as a formula.</summary>
    internal virtual T Held<T>(int rank)
        where T : IExact<T> => Matrices<T>(rank, Count(rank));

    /// <summary>Bytes that <paramref name="rank"/> reads in one pass, as a formula.</summary>
    internal virtual T Touched<T>(int rank)
        where T : IExact<T> => Held<T>(rank);

    /// <summary>Bytes of some of the matrices of <paramref name="rank"/>.</summary>
    private protected T Matrices<T>(int rank, long count)
        where T : IExact<T>
    {
        T matrix = Format.MatrixBytes<T>(T.Of(Rows(rank), "outputs"), T.Of(Columns(rank), "inputs"));
        return count == 1 ? matrix : matrix * T.Of(count, "matrices");
    }

    /// <summary>The part of the split side that <paramref name="rank"/> holds; the whole side where nothing splits it.</summary>
    internal (long Start, long Length) LocalRange(int rank)
    {
        long start = 0, parts = _parts;
        foreach (Axis axis in _degree > 1 ? _axes : [])
        {
            int degree = _mesh.Degree(axis), coordinate = _mesh.Coordinate(rank, axis);
            start += Partition.Start(parts, degree, coordinate);
            parts = Partition.Size(parts, degree, coordinate);
        }

        // With more ranks than units each has a copy of one.
        if (_degree > 1 && Spec.Units > 0 && _parts > Spec.Units)
            start = start * Spec.Units / _parts;
        return (start * _partSize, LocalWidth(rank));
    }

    /// <summary>The matrix of each copy on <paramref name="rank"/>, by number: of experts which, else 0 to <see cref="Count"/>.</summary>
    internal virtual IEnumerable<int> MatricesOf(int rank) => Enumerable.Range(0, (int)Math.Min(Count(rank), int.MaxValue));

    /// <summary>Tells apart ranks that hold different shapes.</summary>
    public virtual void Distinguish(RankClasses classes)
    {
        if (_degree > 1)
            classes.SplitByShards(_mesh, _axes, _parts);
    }

    private long LocalSide(int rank)
    {
        if (_degree == 1)
            return _partSize * (Spec.Units == 0 ? _parts : Spec.Units);
        long parts = _parts;
        foreach (Axis axis in _axes)
            parts = Partition.Size(parts, _mesh.Degree(axis), _mesh.Coordinate(rank, axis));
        return parts * _partSize;
    }
}

/// <summary>An embedding table: a pass reads the rows that its tokens look up.</summary>
/// <param name="spec">The table, a row an entry.</param>
/// <param name="format">How it is stored.</param>
/// <param name="mesh">The ranks.</param>
/// <param name="axis">The axis that splits the entries, or null.</param>
/// <param name="tokens">The tokens that look up, batch and sequence first.</param>
public sealed class LookupWeight(WeightSpec spec, NumberFormat format, DeviceMesh mesh, Axis? axis, ShardedTensor tokens)
    : PlacedWeight(spec, format, mesh, axis)
{
    internal override bool GrowsWithTokens => true;

    internal override T Touched<T>(int rank) =>
        Format.MatrixBytes<T>(T.Of(PhaseContext.LocalTokens(tokens, rank), "tokens"), T.Of(Spec.Columns, "width"));

    /// <inheritdoc/>
    public override void Distinguish(RankClasses classes)
    {
        base.Distinguish(classes);
        tokens.Distinguish(classes);
    }
}

/// <summary>A weight, or a part of one, that another operator of the rank holds: it is read here and counted there.</summary>
/// <param name="spec">What is read.</param>
/// <param name="format">How it is stored.</param>
/// <param name="mesh">The ranks.</param>
/// <param name="axes">The axes over which it is split, outer to inner.</param>
public sealed class BorrowedWeight(WeightSpec spec, NumberFormat format, DeviceMesh mesh, IReadOnlyList<Axis> axes)
    : PlacedWeight(spec, format, mesh, axes)
{
    internal override T Held<T>(int rank) => T.Of(0);

    internal override T Touched<T>(int rank) => Matrices<T>(rank, Count(rank));
}

/// <summary>A weight of which the operator that holds it reads a part.</summary>
/// <param name="spec">The whole weight.</param>
/// <param name="part">The part that is read.</param>
/// <param name="format">How it is stored.</param>
/// <param name="mesh">The ranks.</param>
/// <param name="axis">The axis over which it is split, or null.</param>
public sealed class PartlyReadWeight(WeightSpec spec, WeightSpec part, NumberFormat format, DeviceMesh mesh, Axis? axis)
    : PlacedWeight(spec, format, mesh, axis)
{
    /// <summary>The part that is read.</summary>
    public PlacedWeight Part { get; } = new(part, format, mesh, axis);

    internal override T Touched<T>(int rank) => Part.Held<T>(rank);
}
