namespace ParallelDag.Strategies;

/// <summary>The sets of instances of a phase, each with its name; one without a number where all instances are alike.</summary>
internal static class InstanceSets
{
    /// <summary>The sets of both phases, those of prefill first.</summary>
    /// <param name="prefill">Null for a phase that a plan does not have.</param>
    /// <param name="decode">The same.</param>
    public static IEnumerable<(PhaseId Id, PhaseStrategy Strategy)> Of(PhaseStrategy? prefill, PhaseStrategy? decode) =>
        Of(prefill, PhaseKind.Prefill).Concat(Of(decode, PhaseKind.Decode));

    /// <summary>The sets of a phase.</summary>
    /// <param name="strategy">Its strategy; null for a phase that a plan does not have.</param>
    /// <param name="phase">Which phase.</param>
    private static IEnumerable<(PhaseId Id, PhaseStrategy Strategy)> Of(PhaseStrategy? strategy, PhaseKind phase)
    {
        if (strategy is null)
            yield break;
        for (int set = 0; set < strategy.Sets.Count; set++)
            yield return (new PhaseId(phase, strategy.Instances is null ? 0 : set + 1), strategy.Sets[set]);
    }

    /// <summary>A strategy with one of its sets replaced.</summary>
    public static PhaseStrategy With(PhaseStrategy strategy, int set, PhaseStrategy own) => strategy.Instances is null ? own
        : strategy with { Instances = [.. strategy.Sets.Select((known, index) => index == set ? own : known)] };
}
