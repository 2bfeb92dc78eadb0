using System.Diagnostics.CodeAnalysis;
using ParallelDag.Meshes;

namespace ParallelDag.Tensors;

/// <summary>
/// How one tensor lies on a device mesh: a <see cref="Placement"/> per axis, printed <c>tp=R, sp=S(seq_len)</c>. Immutable, equal by value.
/// An axis that is not named has degree 1 or is not told.
/// </summary>
public sealed class TensorPlacement : IEquatable<TensorPlacement>
{
    private readonly (Axis Axis, Placement Placement)[] _axes;

    /// <summary>Placements in the order in which they are printed; each axis at most once.</summary>
    public TensorPlacement(params (Axis Axis, Placement Placement)[] axes) => _axes = axes;

    /// <summary>No axis: a mesh of one rank.</summary>
    public static TensorPlacement None { get; } = new();

    /// <summary>The axes with their placements, in the order in which they are printed.</summary>
    public ReadOnlySpan<(Axis Axis, Placement Placement)> Axes => _axes;

    /// <summary>The placement along <paramref name="axis"/>; null when it is not named.</summary>
    public Placement? this[Axis axis]
    {
        get
        {
            foreach ((Axis named, Placement placement) in _axes)
            {
                if (named == axis)
                    return placement;
            }

            return null;
        }
    }

    /// <summary>True when some axis shards <paramref name="dimension"/>.</summary>
    public bool Shards(string dimension)
    {
        foreach ((_, Placement placement) in _axes)
        {
            if (placement.Dimension == dimension)
                return true;
        }

        return false;
    }

    /// <summary>Reads what <see cref="ToString"/> prints; spaces around commas do not count.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TensorPlacement? placement)
    {
        placement = null;
        var axes = new List<(Axis, Placement)>();
        foreach (string item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Meshes.Axes.TryParse(item[..equals], out Axis axis)
                || !Placement.TryParse(item[(equals + 1)..], out Placement placed)
                || axes.Exists(known => known.Item1 == axis))
            {
                return false;
            }

            axes.Add((axis, placed));
        }

        placement = new TensorPlacement([.. axes]);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(TensorPlacement? other) => other is not null && _axes.AsSpan().SequenceEqual(other._axes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorPlacement);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach ((Axis, Placement) axis in _axes)
            hash.Add(axis);
        return hash.ToHashCode();
    }

    /// <summary><c>tp=R, sp=S(seq_len)</c>.</summary>
    public override string ToString() => string.Join(", ", _axes.Select(axis => $"{axis.Axis.ToName()}={axis.Placement}"));
}
