using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// One thing in which two plans or graphs differ (or, where that was asked for, agree). Comparing the other way round gives the same
/// differences with both sides swapped.
/// </summary>
public sealed record DagDifference
{
    /// <summary>What it is about.</summary>
    public required DifferenceAspect Aspect { get; init; }

    /// <summary>The phase; null where it concerns both, or the graphs tell none.</summary>
    public PhaseId? Phase { get; init; }

    /// <summary>What differs: <c>time to first token</c>, <c>PD013</c>, <c>All-to-All over ep</c>, <c>GPUs 2-3</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What the reference has; null where it has nothing of the kind.</summary>
    public string? Reference { get; init; }

    /// <summary>What the other has; null where it has nothing of the kind.</summary>
    public string? Difference { get; init; }

    /// <summary>The number behind <see cref="Reference"/>, in seconds, bytes or units; null where there is none.</summary>
    public double? ReferenceValue { get; init; }

    /// <summary>The number behind <see cref="Difference"/>.</summary>
    public double? DifferenceValue { get; init; }

    /// <summary>The unit of both numbers: <c>s</c>, <c>B</c>, <c>1/s</c>, <c>FLOP</c>; empty where there are none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether people want the change.</summary>
    public DifferenceEffect Effect { get; init; }

    /// <summary>The GPUs that it concerns; null where it concerns no set of GPUs.</summary>
    public GpuSet? Gpus { get; init; }

    /// <summary>The layers that it concerns, as ranges; null where it concerns none.</summary>
    public string? Layers { get; init; }

    /// <summary>True for a collective whose groups now span other links.</summary>
    public bool LinkChanged { get; init; }

    /// <summary>On which side the thing is.</summary>
    public DifferenceSide Side => Reference is null ? DifferenceSide.Added : Difference is null ? DifferenceSide.Removed
        : IsEqual ? DifferenceSide.Equal : DifferenceSide.Changed;

    /// <summary>The side as Compare-Object writes it: <c>&lt;=</c> the reference alone, <c>=&gt;</c> the difference alone, <c>==</c> alike,
    /// <c>&lt;&gt;</c> unlike.</summary>
    public string SideIndicator => Side switch
    {
        DifferenceSide.Removed => "<=",
        DifferenceSide.Added => "=>",
        DifferenceSide.Equal => "==",
        _ => "<>",
    };

    /// <summary>The change as a share of the reference: 0.1 is ten per cent more; null without two numbers.</summary>
    public double? Change => ReferenceValue is double from && DifferenceValue is double to
        && from != 0 ? (to - from) / Math.Abs(from) : null;

    /// <summary>True where both sides agree.</summary>
    internal bool IsEqual { get; init; }

    /// <summary>The change in words: <c>-45 %</c>; empty without two numbers.</summary>
    public string ChangeText => Change is not double share || IsEqual || Math.Abs(share) < 5e-5 ? ""
        : Math.Abs(share) >= 9.995 ? Words.Invariant($"{1 + share:0.#} x")
        : Words.Invariant($"{(share > 0 ? "+" : "")}{100 * share:0.##} %");

    /// <summary>The same seen from the other side.</summary>
    internal DagDifference Mirrored() => this with
    {
        Reference = Difference,
        Difference = Reference,
        ReferenceValue = DifferenceValue,
        DifferenceValue = ReferenceValue,
        Effect = Effect switch
        {
            DifferenceEffect.Better => DifferenceEffect.Worse,
            DifferenceEffect.Worse => DifferenceEffect.Better,
            _ => DifferenceEffect.Neutral,
        },
    };

    /// <summary>What differs with its phase and layers, as tables name it: <c>prefill Experts (layers 2-6)</c>.</summary>
    internal string Place => PhaseAndSubject + (Layers is null ? "" : $" (layers {Layers})");

    private string PhaseAndSubject => Phase is PhaseId phase ? $"{phase.ToName()} {Subject}" : Subject;

    /// <summary><c>prefill All-to-All over ep: 16 groups of 4 ... -> 16 groups of 4 ...</c>.</summary>
    public override string ToString()
    {
        string layers = Layers is null ? "" : Layers.Contains('-', StringComparison.Ordinal)
            || Layers.Contains(',', StringComparison.Ordinal)
            ? $" (layers {Layers})" : $" (layer {Layers})";
        return Side == DifferenceSide.Equal ? $"{PhaseAndSubject}{layers}: {Reference}"
            : $"{PhaseAndSubject}{layers}: {Reference ?? "-"} -> {Difference ?? "-"}{(ChangeText.Length > 0 ? $" ({ChangeText})" : "")}";
    }
}
