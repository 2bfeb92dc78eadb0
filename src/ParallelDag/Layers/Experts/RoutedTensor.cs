using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// Tokens sorted by expert: [experts, tokens, width] on every rank, where tokens is the most that one of its experts gets. How many each
/// gets is counted
/// (<see cref="ExpertRouting"/>), not a part of a whole; the placements over the expert mesh are those of any tensor.
/// </summary>
internal sealed class RoutedTensor(
    DeviceMesh mesh, IReadOnlyList<(Axis Axis, Placement Placement)> placements, NumberFormat format, string widthName, long width,
        Func<int, ExpertTokens> counts, string? name = null) : ITensor
{
    public string? Name => name;

    public NumberFormat Format => format;

    /// <summary>How many tokens each expert copy of a rank gets.</summary>
    public ExpertTokens Tokens(int rank) => counts(rank);

    public TensorPlacement Layout => new([.. placements.Where(item => mesh.Degree(item.Axis) > 1)]);

    public TensorShape LocalShape(int rank)
    {
        ExpertTokens tokens = counts(rank);
        return new TensorShape(new Dimension("experts", tokens.Count), new Dimension("tokens", tokens.Most),
            new Dimension(widthName, width));
    }

    public long LocalElements(int rank) => checked((long)Elements<Exact>(rank).Value);

    T ITensor.Elements<T>(int rank) => Elements<T>(rank);

    private T Elements<T>(int rank)
        where T : IExact<T> => T.Of(counts(rank).Sum, "tokens") * T.Of(width, widthName);

    public void Distinguish(RankClasses classes)
    {
        int ranks = mesh.Size, alike = 1;
        ExpertTokens first = counts(0);
        while (alike < ranks && counts(alike).IsLike(first))
            alike++;
        if (alike == ranks)
            return;
        long[] sums = new long[ranks], most = new long[ranks], active = new long[ranks];
        for (int rank = 0; rank < ranks; rank++)
        {
            ExpertTokens tokens = counts(rank);
            (sums[rank], most[rank], active[rank]) = (tokens.Sum, tokens.Most, ((long)tokens.Count << 32) + tokens.Active);
        }

        classes.Split(sums);
        classes.Split(most);
        classes.Split(active);
    }
}

/// <summary>How many tokens each expert copy of a rank gets.</summary>
internal sealed class ExpertTokens
{
    public ExpertTokens(long[] counts)
    {
        foreach (long count in counts)
        {
            Sum += count;
            Most = Math.Max(Most, count);
            Active += count > 0 ? 1 : 0;
        }

        Counts = counts;
    }

    /// <summary>Tokens of each copy.</summary>
    public long[] Counts { get; }

    /// <summary>True where as many copies get as many tokens, whichever does.</summary>
    public bool IsLike(ExpertTokens other) => ReferenceEquals(this, other)
        || (Sum == other.Sum && Most == other.Most && Count == other.Count && Active == other.Active);

    /// <summary>Copies on the rank.</summary>
    public int Count => Counts.Length;

    /// <summary>Tokens of all copies.</summary>
    public long Sum { get; }

    /// <summary>Tokens of the fullest copy.</summary>
    public long Most { get; }

    /// <summary>Copies with at least one token.</summary>
    public int Active { get; }
}
