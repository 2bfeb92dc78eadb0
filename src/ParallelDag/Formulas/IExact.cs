namespace ParallelDag.Formulas;

/// <summary>
/// What a formula over whole numbers is written in. <see cref="Exact"/> computes it, <see cref="Term"/> keeps how it came about, so that
/// what is
/// explained is what was computed: there is one description of each formula. Implementations for computing are structs, so that generated
/// code
/// has nothing of this in it.
/// </summary>
/// <typeparam name="T">The implementation itself.</typeparam>
internal interface IExact<T>
    where T : IExact<T>
{
    /// <summary>The number.</summary>
    Int128 Value { get; }

    /// <summary>A number with its name: <c>tokens</c>; without one it is part of the formula.</summary>
    static abstract T Of(Int128 value, string? name = null);

    /// <summary>What part <paramref name="index"/> holds of a whole that is shared out evenly: parts differ by at most one.</summary>
    static abstract T Share(T whole, int parts, int index, string by);

    /// <summary>Divided, rounded up.</summary>
    static abstract T Ceiling(T value, int divisor);

    /// <summary>Divided, rounded to the nearest.</summary>
    static abstract T Rounded(T value, T divisor);

    /// <summary>The larger.</summary>
    static abstract T Larger(T left, T right);

    /// <summary>Adds.</summary>
    static abstract T operator +(T left, T right);

    /// <summary>Subtracts.</summary>
    static abstract T operator -(T left, T right);

    /// <summary>Multiplies.</summary>
    static abstract T operator *(T left, T right);
}

/// <summary>What a formula over seconds is written in. <see cref="Real"/> computes it, <see cref="Term"/> keeps how it came
/// about.</summary>
/// <typeparam name="T">The implementation itself.</typeparam>
internal interface IReal<T>
    where T : IReal<T>
{
    /// <summary>The number.</summary>
    double Number { get; }

    /// <summary>A number with its name.</summary>
    static abstract T Real(double value, string? name = null);

    /// <summary>The larger.</summary>
    static abstract T Larger(T left, T right);

    /// <summary>Adds.</summary>
    static abstract T operator +(T left, T right);

    /// <summary>Subtracts.</summary>
    static abstract T operator -(T left, T right);

    /// <summary>Multiplies.</summary>
    static abstract T operator *(T left, T right);

    /// <summary>Divides.</summary>
    static abstract T operator /(T left, T right);
}
