namespace ParallelDag.Formulas;

/// <summary>Divisors of whole numbers.</summary>
internal static class Divisors
{
    /// <summary>The greatest common divisor of two numbers of which one at least is above 0 (Euclid).</summary>
    public static long Greatest(long left, long right) => right == 0 ? left : Greatest(right, left % right);
}
