namespace ParallelDag.Plans;

/// <summary>
/// Which sequences prefill hands over, and which places of decode's batch they take. All instances of prefill hold P sequences and those
/// of decode D: n
/// = min(P, D) change
/// hands, the k-th of them being sequence k*P/n of prefill in place k*D/n of decode, so that both sides give and take evenly. The other
/// places of a larger decode
/// batch hold sequences of earlier passes.
/// <para>Worked example: 4 sequences into 16 places take places 0, 4, 8 and 12: one on each of 4 data-parallel ranks.</para>
/// </summary>
/// <param name="Prefill">P.</param>
/// <param name="Decode">D.</param>
internal readonly record struct HandedSequences(long Prefill, long Decode)
{
    /// <summary>n.</summary>
    public long Count => Math.Min(Prefill, Decode);

    /// <summary>Those of a plan with both phases.</summary>
    public static HandedSequences Of(DeploymentPlan plan) =>
        new(plan.LayoutsOf(PhaseKind.Prefill).Sum(set => (long)set.Sequences),
            plan.LayoutsOf(PhaseKind.Decode).Sum(set => (long)set.Sequences));

    /// <summary>The numbers k of those among a range of prefill's sequences.</summary>
    public (long Start, long Length) OfPrefill((long Start, long Length) sequences) => Among(sequences, Prefill);

    /// <summary>The numbers k of those that take a range of decode's places.</summary>
    public (long Start, long Length) OfDecode((long Start, long Length) sequences) => Among(sequences, Decode);

    // floor(k*N/n) lies in [s, e) where k lies in [ceil(s*n/N), ceil(e*n/N)).
    private (long Start, long Length) Among((long Start, long Length) range, long all)
    {
        long start = First(range.Start, all);
        return (start, First(range.Start + range.Length, all) - start);
    }

    private long First(long sequence, long all) => ((sequence * Count) + all - 1) / all;
}
