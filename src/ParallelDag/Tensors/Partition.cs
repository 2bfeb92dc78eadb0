using ParallelDag.Formulas;

namespace ParallelDag.Tensors;

/// <summary>
/// Splits n elements into k parts that differ by at most one, the larger ones first (as numpy.array_split does):
/// part i holds <c>n/k + (i &lt; n%k ? 1 : 0)</c> and starts at <c>i*(n/k) + min(i, n%k)</c>.
/// </summary>
public static class Partition
{
    /// <summary>The size of part <paramref name="index"/>.</summary>
    public static long Size(long total, int parts, int index) => (total / parts) + (index < total % parts ? 1 : 0);

    /// <summary>Where part <paramref name="index"/> starts.</summary>
    public static long Start(long total, int parts, int index) => (index * (total / parts)) + Math.Min(index, total % parts);

    /// <summary>The size of part <paramref name="index"/>, for totals beyond 2^63.</summary>
    public static Int128 Size(Int128 total, int parts, int index) => Exact.Share(new Exact(total), parts, index, "").Value;
}
