using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>The least and the most that a quantity may be, in elements or bytes; equal where it follows exactly.</summary>
/// <param name="Least">Inclusive.</param>
/// <param name="Most">Inclusive.</param>
internal readonly record struct SizeRange(Int128 Least, Int128 Most)
{
    /// <summary>Exactly one value.</summary>
    public static SizeRange Of(Int128 size) => new(size, size);

    /// <summary>True when the quantity follows exactly.</summary>
    public bool IsExact => Least == Most;

    /// <summary>True when <paramref name="size"/> lies inside.</summary>
    public bool Holds(Int128 size) => size >= Least && size <= Most;

    /// <summary>The range of so many elements in bytes, <paramref name="bits"/> each; parts of a byte count whole.</summary>
    public SizeRange InBytes(int bits) => new((Least * bits + 7) / 8, (Most * bits + 7) / 8);

    /// <summary>The range of so many elements of <paramref name="fewest"/> to <paramref name="most"/> bits each.</summary>
    public SizeRange InBytes(int fewest, int most) => new(InBytes(fewest).Least, InBytes(most).Most);

    /// <summary><c>4096</c> or <c>1 to 4096</c>.</summary>
    public override string ToString() => IsExact
        ? Least.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Words.Invariant($"{Least} to {Most}");
}
