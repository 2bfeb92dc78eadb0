using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// Performance alignment: operations and traffic of each phase, counted; with a plan also times of stages, the pipeline bubble, expert load
/// and the KV hand-off.
/// </summary>
internal static class PerformanceSection
{
    public static void Write(Page page, GraphTally tally, PlanDescription? description)
    {
        page.Section("Performance alignment", "PD019", "PD020", "PD021");
        if (tally.Dag.Header.Limits is null)
            page.Line("No tick: the plan sets no limits (`limits`) that its performance could pass or fail.");
        page.Table(
            ["phase", "FLOPs", "bytes on the wire", "between stages", "between phases"],
            tally.Operators.GroupBy(count => count.Phase).Select(phase => new[]
            {
                phase.Key?.ToName() ?? "", Quantity.FormatCount(phase.Sum(count => count.Flops)),
                Page.Bytes(phase.Sum(count => count.WireBytes)),
                Page.Bytes(phase.Where(count => count.Op == Ops.PipelineSendRecv).Sum(count => count.WireBytes)),
                Page.Bytes(phase.Where(count => count.Op == Ops.KvTransfer).Sum(count => count.WireBytes)),
            }));
        CollectiveSection.WriteUtilisation(page, tally.Dag);
        if (description is null)
        {
            page.Line("Times, loads and the pipeline bubble are not told: there is no plan.");
            page.Evidence("PD019", "PD020", "PD021");
            return;
        }

        foreach (PhaseDescription phase in description.Phases)
        {
            string title = phase.Layout.Id.ToTitle();
            page.Bullets(Facts(phase).Select(fact => $"{title}: {fact}"));
        }

        if (description.KvHandOff is KvHandOffDescription handOff)
        {
            page.Bullets([
                $"KV hand-off: decode takes over {Page.Bytes(handOff.NeededBytes)}, {Page.Bytes(handOff.MovedBytes)} of them "
                    + $"cross the wire",
                .. Pool(description.Pool!),
            ]);
        }

        if (description.CheapChange?.Value is string change)
            page.Bullets([$"Would cost nothing and gain, by the time model: {change}"]);
        page.Evidence("PD019", "PD020", "PD021");
    }

    /// <summary>What the pool saves, or what keeps its phases from sharing weights.</summary>
    private static IEnumerable<string> Pool(PoolUse pool)
    {
        if (pool.SharedWeightBytes > 0)
        {
            yield return "Decode finds its weights where prefill left them: they are held once";
            yield return $"Unified pool: {Page.Number(pool.Gpus, "GPU")} in place of {Page.Number(pool.GpusApart)}, "
                + $"{Page.Bytes(pool.SharedWeightBytes)} of weights "
                + $"and {Page.Bytes(pool.CacheBytesInPlace)} of KV cache saved";
            yield break;
        }

        yield return "Each phase holds its own weights"
            + (pool.TwiceWeightBytes > 0 ? $": {Page.Bytes(pool.TwiceWeightBytes)} of them twice on GPUs that run both" : "");
        if (pool.Differences.Count > 0)
            yield return $"Weights would be held once if the phases agreed in {Markdown.Text(string.Join("; ", pool.Differences))}";
    }

    private static IEnumerable<string> Facts(PhaseDescription phase)
    {
        double slowest = phase.StageSeconds.Max(), mean = phase.StageSeconds.Average();
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"slowest stage {Milliseconds(slowest)} for a micro-batch, {(mean > 0 ? slowest / mean : 1):0.##} of the mean (by "
                + $"the time model)");
        if (phase.StageSeconds.Count > 1)
            yield return Words.Invariant($"pipeline bubble {phase.PipelineBubble:0.####} of the ideal time");
        if (phase.ExpertImbalanceBefore is double before && phase.Layout.Strategy.Ep > 1)
            yield return Words.Invariant($"expert load of the fullest rank over the mean: {before:0.###} with experts in order, "
                    + $"{phase.ExpertImbalanceAfter:0.###} as placed");
    }

    private static string Milliseconds(double seconds) => Words.Invariant($"{seconds * 1e3:0.###} ms");
}
