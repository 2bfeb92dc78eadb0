using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ParallelDag;

/// <summary>
/// An immutable set of GPU indices, kept as its shortest list of ranges and printed that way: <c>0-15</c>, <c>0-1,4-5</c>.
/// Two sets are equal when they hold the same GPUs. <c>foreach</c> goes through them in ascending order, but the set is no
/// <see cref="IEnumerable{T}"/>: shells and serializers unroll those, and would show a list of numbers in place of the ranges.
/// </summary>
public sealed class GpuSet : IEquatable<GpuSet>, IComparable<GpuSet>, IComparable
{
    /// <summary>The set without members; prints as the empty string.</summary>
    public static GpuSet Empty { get; } = new([], 0);

    // Invariant: [first0, last0, first1, last1, ...], inclusive, ascending, with a gap of at least one GPU between ranges.
    private readonly int[] _bounds;

    private GpuSet(int[] bounds, int count)
    {
        _bounds = bounds;
        Count = count;
    }

    /// <summary>How many GPUs the set holds.</summary>
    public int Count { get; }

    /// <summary>True for the set without members.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The lowest GPU index, or -1 for the empty set.</summary>
    public int First => Count == 0 ? -1 : _bounds[0];

    /// <summary>The highest GPU index, or -1 for the empty set.</summary>
    public int Last => Count == 0 ? -1 : _bounds[^1];

    /// <summary>The shortest list of ranges: <c>0-1,4-5</c>.</summary>
    public string Text => ToString();

    /// <summary>As sentences name the set: <c>GPU 5</c>, <c>GPUs 0-3</c>.</summary>
    internal string Named => (Count == 1 ? "GPU " : "GPUs ") + this;

    /// <summary>How many ranges the shortest description has.</summary>
    public int RangeCount => _bounds.Length / 2;

    /// <summary>The set of one GPU.</summary>
    public static GpuSet Of(int gpu)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gpu);
        return new GpuSet([gpu, gpu], 1);
    }

    /// <summary>The set <paramref name="first"/>..<paramref name="last"/>, both inclusive.</summary>
    public static GpuSet Range(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new GpuSet([first, last], checked(last - first + 1));
    }

    /// <summary>The set of the given GPUs, in any order, repeats allowed. O(n log n), O(n) when already ascending.</summary>
    public static GpuSet FromGpus(ReadOnlySpan<int> gpus)
    {
        if (gpus.IsEmpty)
            return Empty;
        int[] sorted = gpus.ToArray();
        Array.Sort(sorted);
        ArgumentOutOfRangeException.ThrowIfNegative(sorted[0]);
        var bounds = new List<int>();
        int count = 0;
        foreach (int gpu in sorted)
        {
            if (bounds.Count > 0 && gpu <= bounds[^1])
                continue;
            if (bounds.Count > 0 && gpu == bounds[^1] + 1)
                bounds[^1] = gpu;
            else
            {
                bounds.Add(gpu);
                bounds.Add(gpu);
            }

            count++;
        }

        return new GpuSet([.. bounds], count);
    }

    /// <summary>The set of the given GPUs, in any order, repeats allowed.</summary>
    public static GpuSet FromGpus(IEnumerable<int> gpus) => FromGpus(gpus.ToArray());

    /// <summary>True when <paramref name="gpu"/> is a member. O(log ranges).</summary>
    public bool Contains(int gpu)
    {
        int low = 0, high = RangeCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (gpu < _bounds[2 * middle])
                high = middle - 1;
            else if (gpu > _bounds[(2 * middle) + 1])
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    /// <summary>True when every GPU of <paramref name="other"/> is a member. O(ranges).</summary>
    public bool ContainsAll(GpuSet other) => Intersect(other).Count == other.Count;

    /// <summary>True when the two sets share a GPU. O(ranges).</summary>
    public bool Overlaps(GpuSet other) => !Intersect(other).IsEmpty;

    /// <summary>The GPUs of either set. O(ranges log ranges).</summary>
    public GpuSet Union(GpuSet other) => IsEmpty ? other : other.IsEmpty ? this : FromRanges([.. Ranges(), .. other.Ranges()]);

    /// <summary>The GPUs of any of the sets.</summary>
    public static GpuSet UnionAll(IEnumerable<GpuSet> sets) => FromRanges([.. sets.SelectMany(set => set.Ranges())]);

    /// <summary>The GPUs of both sets. O(ranges).</summary>
    public GpuSet Intersect(GpuSet other)
    {
        var bounds = new List<int>();
        int count = 0;
        for (int i = 0, j = 0; i < _bounds.Length && j < other._bounds.Length;)
        {
            int first = Math.Max(_bounds[i], other._bounds[j]);
            int last = Math.Min(_bounds[i + 1], other._bounds[j + 1]);
            if (first <= last)
            {
                bounds.Add(first);
                bounds.Add(last);
                count += last - first + 1;
            }

            if (_bounds[i + 1] < other._bounds[j + 1])
                i += 2;
            else
                j += 2;
        }

        return count == 0 ? Empty : new GpuSet([.. bounds], count);
    }

    /// <summary>The GPUs of this set that are not in <paramref name="other"/>. O(ranges).</summary>
    public GpuSet Except(GpuSet other)
    {
        var bounds = new List<int>();
        int count = 0;
        for (int i = 0, j = 0; i < _bounds.Length; i += 2)
        {
            int first = _bounds[i], last = _bounds[i + 1];
            while (j < other._bounds.Length && other._bounds[j + 1] < first)
                j += 2;
            for (int k = j; k < other._bounds.Length && other._bounds[k] <= last && first <= last; k += 2)
            {
                Add(first, other._bounds[k] - 1);
                first = other._bounds[k + 1] + 1;
            }

            Add(first, last);
        }

        return count == 0 ? Empty : new GpuSet([.. bounds], count);

        void Add(int first, int last)
        {
            if (first > last)
                return;
            bounds.Add(first);
            bounds.Add(last);
            count += last - first + 1;
        }
    }

    /// <summary>The ranges, ascending, both ends inclusive.</summary>
    public IEnumerable<(int First, int Last)> Ranges()
    {
        for (int i = 0; i < _bounds.Length; i += 2)
            yield return (_bounds[i], _bounds[i + 1]);
    }

    /// <summary>The GPUs, ascending.</summary>
    public IEnumerable<int> AsEnumerable()
    {
        for (int i = 0; i < _bounds.Length; i += 2)
        {
            for (int gpu = _bounds[i]; gpu <= _bounds[i + 1]; gpu++)
                yield return gpu;
        }
    }

    /// <summary>The GPUs, ascending, for <c>foreach</c>.</summary>
    public IEnumerator<int> GetEnumerator() => AsEnumerable().GetEnumerator();

    /// <summary>The GPUs, ascending.</summary>
    public int[] ToArray() => [.. AsEnumerable()];

    /// <summary>The shortest list of ranges: <c>0-1,4-5</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < _bounds.Length; i += 2)
        {
            if (i > 0)
                text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{_bounds[i]}");
            if (_bounds[i + 1] > _bounds[i])
                text.Append(CultureInfo.InvariantCulture, $"-{_bounds[i + 1]}");
        }

        return text.ToString();
    }

    /// <summary>Reads <c>0-1,4-5</c>, spaces allowed around numbers; the empty string is the empty set.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out GpuSet? set)
    {
        set = null;
        if (text is null)
            return false;
        if (string.IsNullOrWhiteSpace(text))
        {
            set = Empty;
            return true;
        }

        var ranges = new List<(int, int)>();
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !TryIndex(ends[0], out int first))
                return false;
            int last = first;
            if (ends.Length == 2 && (!TryIndex(ends[1], out last) || last < first))
                return false;
            ranges.Add((first, last));
        }

        set = FromRanges(ranges);
        return true;

        static bool TryIndex(string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value)
            && value < int.MaxValue;
    }

    /// <summary>Reads <c>0-1,4-5</c>.</summary>
    /// <exception cref="FormatException">The text is not a list of ranges.</exception>
    public static GpuSet Parse(string text) =>
        TryParse(text, out GpuSet? set) ? set : throw new FormatException($"'{text}' is not a GPU set such as 0-15 or 0-1,4-5");

    /// <inheritdoc/>
    public bool Equals(GpuSet? other) => other is not null && _bounds.AsSpan().SequenceEqual(other._bounds);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GpuSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int bound in _bounds)
            hash.Add(bound);
        return hash.ToHashCode();
    }

    /// <summary>Orders sets by their first members, then by their ranges, so that sorted tables read from GPU 0 up.</summary>
    public int CompareTo(GpuSet? other) => other is null ? 1 : _bounds.AsSpan().SequenceCompareTo(other._bounds);

    int IComparable.CompareTo(object? obj) => CompareTo(obj as GpuSet);

    /// <summary>True when both hold the same GPUs.</summary>
    public static bool operator ==(GpuSet? left, GpuSet? right) => left is null ? right is null : left.Equals(right);

    /// <summary>True when the sets differ.</summary>
    public static bool operator !=(GpuSet? left, GpuSet? right) => !(left == right);

    /// <summary>Orders as <see cref="CompareTo(GpuSet?)"/> does.</summary>
    public static bool operator <(GpuSet left, GpuSet right) => left.CompareTo(right) < 0;

    /// <summary>Orders as <see cref="CompareTo(GpuSet?)"/> does.</summary>
    public static bool operator >(GpuSet left, GpuSet right) => left.CompareTo(right) > 0;

    /// <summary>Orders as <see cref="CompareTo(GpuSet?)"/> does.</summary>
    public static bool operator <=(GpuSet left, GpuSet right) => left.CompareTo(right) <= 0;

    /// <summary>Orders as <see cref="CompareTo(GpuSet?)"/> does.</summary>
    public static bool operator >=(GpuSet left, GpuSet right) => left.CompareTo(right) >= 0;

    private static GpuSet FromRanges(List<(int First, int Last)> ranges)
    {
        if (ranges.Count == 0)
            return Empty;
        ranges.Sort();
        var bounds = new List<int>();
        foreach ((int first, int last) in ranges)
        {
            if (bounds.Count > 0 && first <= bounds[^1] + 1)
                bounds[^1] = Math.Max(bounds[^1], last);
            else
            {
                bounds.Add(first);
                bounds.Add(last);
            }
        }

        int count = 0;
        for (int i = 0; i < bounds.Count; i += 2)
            count = checked(count + bounds[i + 1] - bounds[i] + 1);
        return new GpuSet([.. bounds], count);
    }
}
