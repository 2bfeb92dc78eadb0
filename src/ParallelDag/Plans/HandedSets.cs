using ParallelDag.Operators;

namespace ParallelDag.Plans;

/// <summary>A set of prefill instances and one of decode between which sequences change hands.</summary>
/// <param name="Plan">Their plan.</param>
/// <param name="Prefill">Who hands over.</param>
/// <param name="Decode">Who takes over.</param>
internal sealed record HandedSets(DeploymentPlan Plan, PhaseLayout Prefill, PhaseLayout Decode)
{
    private readonly HandedSequences _handed = HandedSequences.Of(Plan);

    /// <summary>The pairs of a plan between which a sequence changes hands; one where no phase has sets, none without
    /// both phases.</summary>
    public static IEnumerable<HandedSets> Of(DeploymentPlan plan) => plan.LayoutsOf(PhaseKind.Decode)
        .SelectMany(decode => plan.LayoutsOf(PhaseKind.Prefill).Select(prefill => new HandedSets(plan, prefill, decode)))
        .Where(pair => pair.Count > 0);

    /// <summary>
    /// The pairs whose decode begins after their prefill: those between which a sequence changes hands. Decode instances that take over
    /// nothing still begin after all of prefill; and what a set of prefill holds beyond all of decode's places, any set may take in a
    /// later pass.
    /// </summary>
    public static IEnumerable<(PhaseLayout Prefill, PhaseLayout Decode)> InOrder(DeploymentPlan plan)
    {
        HashSet<(PhaseId, PhaseId)> pairs = [.. Of(plan).Select(pair => (pair.Prefill.Id, pair.Decode.Id))];
        HashSet<PhaseId> givers = [.. pairs.Select(pair => pair.Item1)], takers = [.. pairs.Select(pair => pair.Item2)];
        return plan.LayoutsOf(PhaseKind.Decode).SelectMany(decode => plan.LayoutsOf(PhaseKind.Prefill)
            .Where(prefill => pairs.Contains((prefill.Id, decode.Id)) || !givers.Contains(prefill.Id) || !takers.Contains(decode.Id))
            .Select(prefill => (prefill, decode)));
    }

    /// <summary>How many sequences change hands.</summary>
    public long Count => Common(Given((Prefill.FirstSequence, Prefill.Sequences)),
        _handed.OfDecode((Decode.FirstSequence, Decode.Sequences))).Length;

    /// <summary>The numbers, among those handed over, of a range of prefill's sequences.</summary>
    public (long Start, long Length) Given((long Start, long Length) sequences) => _handed.OfPrefill(sequences);

    /// <summary>The sequences of a decode rank's micro-batch that come from this prefill, counted among those handed over.</summary>
    public (long Start, long Length) Received(PhaseContext context, int microBatch, int rank) => Common(
        _handed.OfDecode(KvReshard.SequencesOf(Decode, context, microBatch, rank)), Given((Prefill.FirstSequence, Prefill.Sequences)));

    private static (long Start, long Length) Common((long Start, long Length) left, (long Start, long Length) right)
    {
        long start = Math.Max(left.Start, right.Start);
        return (start, Math.Max(0, Math.Min(left.Start + left.Length, right.Start + right.Length) - start));
    }
}
