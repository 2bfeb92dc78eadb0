using System.Globalization;

namespace ParallelDag.Formulas;

/// <summary>
/// A formula that remembers how it came about: in names (<c>2 x tokens x q_proj</c>), in numbers (<c>2 x 5,120 x 131,072</c>), and what
/// comes
/// out. Immutable.
/// </summary>
internal sealed class Term : IExact<Term>, IReal<Term>
{
    private readonly string _names;
    private readonly string _numbers;
    private readonly Strength _strength;

    private Term(Int128 value, double number, string names, string numbers, Strength strength) =>
        (Value, Number, _names, _numbers, _strength) = (value, number, names, numbers, strength);

    // What binds how tightly, for parentheses.
    private enum Strength
    {
        Sum,
        Product,
        Atom,
    }

    /// <summary>What comes out, of a formula over whole numbers.</summary>
    public Int128 Value { get; }

    /// <summary>What comes out.</summary>
    public double Number { get; }

    /// <summary>The formula in names.</summary>
    public string Names => _names;

    /// <summary>The formula with its numbers filled in.</summary>
    public string Numbers => _numbers;

    public static Term Of(Int128 value, string? name = null)
    {
        string text = Text(value);
        return new Term(value, (double)value, name ?? text, text, Strength.Atom);
    }

    public static Term Real(double value, string? name = null)
    {
        string text = Text(value);
        return new Term((Int128)0, value, name ?? text, text, Strength.Atom);
    }

    public static Term Share(Term whole, int parts, int index, string by)
    {
        if (parts == 1)
            return whole;
        Int128 value = Exact.Share(new Exact(whole.Value), parts, index, by).Value;
        bool even = whole.Value % parts == 0;
        string part = even ? "" : Wording.Words.Invariant($" (part {index + 1})");
        return new Term(value, (double)value, $"{Within(whole._names, whole._strength)} / {by}{part}",
            $"{Within(whole._numbers, whole._strength)} / {Text((Int128)parts)}{part}", Strength.Product);
    }

    public static Term Ceiling(Term value, int divisor)
    {
        Int128 result = Exact.Ceiling(new Exact(value.Value), divisor).Value;
        return new Term(result, (double)result, $"ceil({value._names} / {Text((Int128)divisor)})",
            $"ceil({value._numbers} / {Text((Int128)divisor)})",
            Strength.Atom);
    }

    public static Term Rounded(Term value, Term divisor)
    {
        Int128 result = Exact.Rounded(new Exact(value.Value), new Exact(divisor.Value)).Value;
        return new Term(result, (double)result, $"round({value._names} / {Within(divisor._names, divisor._strength)})",
            $"round({value._numbers} / {Within(divisor._numbers, divisor._strength)})", Strength.Atom);
    }

    public static Term Larger(Term left, Term right) => new(Int128.Max(left.Value, right.Value), Math.Max(left.Number, right.Number),
        $"max({left._names}, {right._names})", $"max({left._numbers}, {right._numbers})", Strength.Atom);

    public static Term operator +(Term left, Term right) =>
        Join(left, right, left.Value + right.Value, left.Number + right.Number, "+", Strength.Sum, Strength.Sum);

    public static Term operator -(Term left, Term right) =>
        Join(left, right, left.Value - right.Value, left.Number - right.Number, "-", Strength.Sum, Strength.Product);

    public static Term operator *(Term left, Term right) =>
        Join(left, right, left.Value * right.Value, left.Number * right.Number, "x", Strength.Product, Strength.Product);

    public static Term operator /(Term left, Term right) =>
        Join(left, right, 0, left.Number / right.Number, "/", Strength.Product, Strength.Atom);

    /// <summary>The formula and what comes out: <c>2 x 3 = 6</c>.</summary>
    public override string ToString() => $"{_numbers} = {(Value == 0 && Number != 0 ? Text(Number) : Text(Value))}";

    private static Term Join(Term left, Term right, Int128 value, double number, string sign, Strength strength, Strength rightNeeds) =>
        new(
        value, number,
        $"{Part(left._names, left._strength, strength)} {sign} {Part(right._names, right._strength, rightNeeds)}",
        $"{Part(left._numbers, left._strength, strength)} {sign} {Part(right._numbers, right._strength, rightNeeds)}", strength);

    private static string Part(string text, Strength has, Strength needs) => has >= needs ? text : $"({text})";

    private static string Within(string text, Strength has) => Part(text, has, Strength.Product);

    private static string Text(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value switch
    {
        _ when value == Math.Floor(value) && Math.Abs(value) < 1e15 => value.ToString("N0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is < 1e-3 or >= 1e15 => value.ToString("0.#####E+0", CultureInfo.InvariantCulture).Replace("E", "e",
            StringComparison.Ordinal),
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };
}
