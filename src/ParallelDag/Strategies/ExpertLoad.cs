using ParallelDag.Collections;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// How tokens spread over the routed experts: uniform, Zipf with an exponent, or listed fractions (of every layer alike, or a list per
/// layer).
/// </summary>
public sealed record ExpertLoad
{
    private ExpertLoad()
    {
    }

    /// <summary>Every expert gets the same share.</summary>
    public static ExpertLoad Uniform { get; } = new();

    /// <summary>The exponent a of a Zipf load (share of expert i proportional to 1/(i+1)^a), or null.</summary>
    public double? ZipfExponent { get; private init; }

    /// <summary>The listed fraction of each expert, or null.</summary>
    public ValueList<double>? Fractions { get; private init; }

    /// <summary>True when every expert gets the same share.</summary>
    public bool IsUniform => ZipfExponent is null && Fractions is null;

    /// <summary>Expert i (from 0) gets a share proportional to 1/(i+1)^<paramref name="exponent"/>.</summary>
    public static ExpertLoad Zipf(double exponent) => new() { ZipfExponent = exponent };

    /// <summary>Each expert gets its fraction; they are normalised to sum to one.</summary>
    public static ExpertLoad Listed(IEnumerable<double> fractions) => new() { Fractions = fractions.ToValueList() };

    /// <summary>The share of each of <paramref name="experts"/> experts, summing to one.</summary>
    public double[] Shares(int experts)
    {
        double[] shares = new double[experts];
        for (int i = 0; i < experts; i++)
            shares[i] = Fractions is not null ? Fractions[i] : ZipfExponent is double a ? Math.Pow(i + 1, -a) : 1;
        double sum = shares.Sum();
        for (int i = 0; i < experts; i++)
            shares[i] /= sum;
        return shares;
    }

    /// <summary><c>uniform</c>, <c>zipf 1.2</c> or <c>listed</c>.</summary>
    public override string ToString() =>
        ZipfExponent is double a ? Words.Invariant($"zipf {a}") : Fractions is null ? "uniform" : "listed";
}
