using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>What speaks for taking the other in place of the reference, and what against it.</summary>
/// <param name="For">What gets better, a few words each.</param>
/// <param name="Against">What gets worse.</param>
/// <param name="Breaks">What no longer holds: a rule, or that it fits.</param>
/// <param name="Inside">Collectives that get slower inside a whole that does not: named, so that nobody wonders.</param>
public sealed record ComparisonAdvice(
    IReadOnlyList<string> For, IReadOnlyList<string> Against, IReadOnlyList<string> Breaks, IReadOnlyList<string> Inside)
{
    // Smaller changes than this neither speak for nor against anything: the model of times is not that sharp.
    private const double Least = 0.005;

    /// <summary>Whether to take it, in a few words: <c>A trade</c>.</summary>
    public string Verdict => Breaks.Count > 0 ? "Not as it is"
        : For.Count > 0 ? Against.Count > 0 ? "A trade" : "Yes, nothing of the whole gets worse"
        : Against.Count > 0 ? "Hardly, nothing of the whole gets better" : "It makes no difference to anything that is measured";

    /// <summary>The advice in a sentence or two: the verdict, then what breaks, what gets better and what gets worse.</summary>
    public string Text
    {
        get
        {
            string text = $"{Verdict}.";
            if (Breaks.Count > 0)
                text += $" It breaks: {Join(Breaks)}.";
            if (For.Count > 0)
                text += $" It {(Breaks.Count > 0 ? "would gain" : "gains")}: {Join(For)}.";
            if (Against.Count > 0)
                text += $" It costs: {Join(Against)}.";
            return Inside.Count == 0 ? text : $"{text} {Outweighed}";
        }
    }

    /// <summary>What of the parts gets slower though the whole does not, in a sentence; empty where nothing does.</summary>
    public string Outweighed => Inside.Count == 0 ? "" : $"Of its parts these get slower, and others outweigh them: {Join(Inside)}.";

    /// <summary>The advice on a comparison.</summary>
    public static ComparisonAdvice Of(DagComparison comparison)
    {
        List<string> gains = [], costs = [], breaks = [], inside = [];
        void Add(DifferenceEffect effect, string better, string worse)
        {
            if (effect == DifferenceEffect.Better)
                gains.Add(better);
            else if (effect == DifferenceEffect.Worse)
                costs.Add(worse);
        }

        foreach (DagDifference row in comparison.Differences)
        {
            switch (row.Aspect)
            {
                case DifferenceAspect.Fits when row.Effect == DifferenceEffect.Worse:
                    breaks.Add($"it no longer fits ({row.Difference!["no, ".Length..]})");
                    break;
                case DifferenceAspect.Fits:
                    Add(row.Effect, "it fits now", "");
                    break;
                case DifferenceAspect.Rule when row.Effect == DifferenceEffect.Worse:
                    breaks.Add($"{row.Subject.Split(' ')[0]} {row.Difference}");
                    break;
                case DifferenceAspect.Rule:
                    Add(row.Effect, $"{row.Subject.Split(' ')[0]} holds now", "");
                    break;
                case DifferenceAspect.Collective when row is { Effect: DifferenceEffect.Worse, Unit: "s", Change: > Least }:
                    inside.Add($"{(row.Phase is PhaseId phase ? phase.ToName() + " " : "")}{row.Subject} ({row.ChangeText})");
                    break;
                case DifferenceAspect.Time when row.Change is double share && Math.Abs(share) >= Least && !IsImplied(row):
                    string words = $"{row.Subject} {row.Reference} -> {row.Difference} ({row.ChangeText})";
                    Add(row.Effect, words, words);
                    break;
            }
        }

        AddMemory(comparison, Add);
        bool faster = gains.Count > 0 && !comparison.Differences.Any(row => row is
            { Aspect: DifferenceAspect.Time, Effect: DifferenceEffect.Worse, Change: double share } && Math.Abs(share) >= Least);
        return new ComparisonAdvice(gains, costs, breaks, faster ? inside : []);
    }

    // Rates of the whole are those of a GPU times GPUs.
    private static bool IsImplied(DagDifference row) => row.Subject is "tokens a second" or "requests a second";

    private static void AddMemory(DagComparison comparison, Action<DifferenceEffect, string, string> add)
    {
        long? before = Fullest(comparison.Reference), after = Fullest(comparison.Difference);
        if (before is not > 0 || after is null || Math.Abs(after.Value - before.Value) < Least * before.Value)
            return;
        string words = $"the fullest GPU holds {Quantity.FormatBytes(before.Value)} -> {Quantity.FormatBytes(after.Value)}";
        add(DifferenceRows.EffectOf(before, after, Wanted.Less), words, words);
    }

    private static long? Fullest(ComparisonSubject subject) =>
        subject.Memory.Count == 0 ? null : subject.Memory.Max(memory => memory.UnionBytes);

    private static string Join(IReadOnlyList<string> parts) => string.Join("; ", parts.Select(part => OneLine.Of(part, 300)));
}
