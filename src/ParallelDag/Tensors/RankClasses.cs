using System.Runtime.InteropServices;
using ParallelDag.Meshes;

namespace ParallelDag.Tensors;

/// <summary>
/// A partition of the ranks of a stage into classes of ranks for which every formula gives the same numbers: they hold equal shapes of
/// every tensor and
/// weight. Formulas are evaluated once a class instead of once a rank; where everything divides evenly there is one class whatever the
/// number of ranks.
/// Starts as one class and is refined; not thread-safe while it is.
/// </summary>
public sealed class RankClasses
{
    private readonly int[] _classOfRank;
    private readonly HashSet<(int Axes, long Total)> _seen = [];
    private readonly List<int> _representatives = [0];

    /// <summary>One class of all <paramref name="ranks"/>.</summary>
    public RankClasses(int ranks) => _classOfRank = new int[ranks];

    /// <summary>How many classes there are.</summary>
    public int Count => _representatives.Count;

    /// <summary>The lowest rank of each class.</summary>
    public ReadOnlySpan<int> Representatives => CollectionsMarshal.AsSpan(_representatives);

    /// <summary>The class of each rank.</summary>
    public ReadOnlySpan<int> ClassOfRank => _classOfRank;

    /// <summary>Tells apart ranks with different values. O(ranks).</summary>
    public void Split(ReadOnlySpan<long> valueOfRank)
    {
        if (!valueOfRank.ContainsAnyExcept(valueOfRank[0]))
            return;
        var known = new Dictionary<(int, long), int>();
        _representatives.Clear();
        for (int rank = 0; rank < _classOfRank.Length; rank++)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(known, (_classOfRank[rank], valueOfRank[rank]), out bool exists);
            if (!exists)
            {
                index = _representatives.Count;
                _representatives.Add(rank);
            }

            _classOfRank[rank] = index;
        }
    }

    /// <summary>
    /// Tells apart ranks that hold parts of different size when <paramref name="total"/> is split over <paramref name="axes"/>, outer to
    /// inner.
    /// Costs nothing where it divides evenly, or was told before.
    /// </summary>
    public void SplitByShards(DeviceMesh mesh, ReadOnlySpan<Axis> axes, long total)
    {
        int key = 0;
        long product = 1;
        foreach (Axis axis in axes)
        {
            key = (key * 16) + (int)axis + 1;
            product *= mesh.Degree(axis);
        }

        if (product == 1 || total % product == 0 || !_seen.Add((key, total)))
            return;
        long[] sizes = new long[_classOfRank.Length];
        for (int rank = 0; rank < sizes.Length; rank++)
        {
            long size = total;
            foreach (Axis axis in axes)
                size = Partition.Size(size, mesh.Degree(axis), mesh.Coordinate(rank, axis));
            sizes[rank] = size;
        }

        Split(sizes);
    }
}
