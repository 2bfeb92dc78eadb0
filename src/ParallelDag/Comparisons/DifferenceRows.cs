namespace ParallelDag.Comparisons;

/// <summary>Collects the rows of a comparison.</summary>
internal sealed class DifferenceRows
{
    // What sums in another order differ by is no difference.
    private const double Noise = 1e-9;

    private readonly List<DagDifference> _rows = [];

    /// <summary>The rows, in the order in which they were added.</summary>
    public IReadOnlyList<DagDifference> Rows => _rows;

    /// <summary>Adds a row as it is.</summary>
    public void Add(DagDifference row) => _rows.Add(row);

    /// <summary>Adds a row of two texts; nothing where both are missing.</summary>
    public void Add(DifferenceAspect aspect, PhaseId? phase, string subject, string? reference, string? difference)
    {
        if (reference is null && difference is null)
            return;
        _rows.Add(new DagDifference
        {
            Aspect = aspect,
            Phase = phase,
            Subject = subject,
            Reference = reference,
            Difference = difference,
            IsEqual = reference == difference,
        });
    }

    /// <summary>Adds a row of two amounts; nothing where both are missing.</summary>
    public void Add(Amounts amounts, double? reference, double? difference, Func<double, string> text)
    {
        if (reference is null && difference is null)
            return;
        _rows.Add(new DagDifference
        {
            Aspect = amounts.Aspect,
            Phase = amounts.Phase,
            Subject = amounts.Subject,
            Reference = reference is double from ? text(from) : null,
            Difference = difference is double to ? text(to) : null,
            ReferenceValue = reference,
            DifferenceValue = difference,
            Unit = amounts.Unit,
            Effect = EffectOf(reference, difference, amounts.Wanted),
            Gpus = amounts.Gpus,
            IsEqual = AreAlike(reference, difference),
        });
    }

    /// <summary>True when two amounts are the same but for rounding.</summary>
    public static bool AreAlike(double? left, double? right) =>
        left == right || (left is double a && right is double b && Math.Abs(a - b) <= Noise * Math.Max(Math.Abs(a), Math.Abs(b)));

    /// <summary>Whether a change of an amount is wanted.</summary>
    public static DifferenceEffect EffectOf(double? reference, double? difference, Wanted wanted)
    {
        if (wanted == Wanted.Neither || reference is not double from || difference is not double to || AreAlike(from, to))
            return DifferenceEffect.Neutral;
        return to < from == (wanted == Wanted.Less) ? DifferenceEffect.Better : DifferenceEffect.Worse;
    }

    /// <summary>Layers as ranges; null for none.</summary>
    public static string? Layers(IEnumerable<int> layers) => GpuSet.FromGpus(layers) is { IsEmpty: false } set ? set.ToString() : null;
}

/// <summary>Which direction of an amount people want.</summary>
internal enum Wanted
{
    /// <summary>Neither.</summary>
    Neither,

    /// <summary>Less of it.</summary>
    Less,

    /// <summary>More of it.</summary>
    More,
}

/// <summary>What an amount is.</summary>
/// <param name="Aspect">What it is about.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Wanted">Which direction is wanted.</param>
internal sealed record Amounts(DifferenceAspect Aspect, string Subject, string Unit, Wanted Wanted)
{
    /// <summary>The phase.</summary>
    public PhaseId? Phase { get; init; }

    /// <summary>The GPUs.</summary>
    public GpuSet? Gpus { get; init; }
}
