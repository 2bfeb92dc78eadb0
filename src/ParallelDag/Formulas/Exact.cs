namespace ParallelDag.Formulas;

/// <summary>Computes a formula over whole numbers.</summary>
/// <param name="Value">The number.</param>
internal readonly record struct Exact(Int128 Value) : IExact<Exact>
{
    public static Exact Of(Int128 value, string? name = null) => new(value);

    public static Exact Share(Exact whole, int parts, int index, string by) =>
        new((whole.Value / parts) + (index < whole.Value % parts ? 1 : 0));

    public static Exact Ceiling(Exact value, int divisor) => new((value.Value / divisor) + (value.Value % divisor == 0 ? 0 : 1));

    public static Exact Rounded(Exact value, Exact divisor) => new((value.Value + (divisor.Value / 2)) / divisor.Value);

    public static Exact Larger(Exact left, Exact right) => new(Int128.Max(left.Value, right.Value));

    public static Exact operator +(Exact left, Exact right) => new(left.Value + right.Value);

    public static Exact operator -(Exact left, Exact right) => new(left.Value - right.Value);

    public static Exact operator *(Exact left, Exact right) => new(checked(left.Value * right.Value));
}

/// <summary>Computes a formula over seconds.</summary>
/// <param name="Number">The number.</param>
internal readonly record struct Real(double Number) : IReal<Real>
{
    static Real IReal<Real>.Real(double value, string? name) => new(value);

    public static Real Larger(Real left, Real right) => new(Math.Max(left.Number, right.Number));

    public static Real operator +(Real left, Real right) => new(left.Number + right.Number);

    public static Real operator -(Real left, Real right) => new(left.Number - right.Number);

    public static Real operator *(Real left, Real right) => new(left.Number * right.Number);

    public static Real operator /(Real left, Real right) => new(left.Number / right.Number);
}

/// <summary>A sum under way; nothing added is 0.</summary>
/// <typeparam name="T">What the formula is written in.</typeparam>
internal struct Sum<T>
    where T : IExact<T>
{
    private T _total;
    private bool _any;

    /// <summary>The sum so far.</summary>
    public readonly T Total => _any ? _total : T.Of(0);

    /// <summary>Adds a part.</summary>
    public void Add(T part)
    {
        _total = _any ? _total + part : part;
        _any = true;
    }
}
