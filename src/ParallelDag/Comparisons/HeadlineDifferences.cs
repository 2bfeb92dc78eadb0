using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>What people ask first: does it fit, do the rules hold, how fast is it, how full are its GPUs.</summary>
internal static class HeadlineDifferences
{
    /// <summary>Whether every GPU has room.</summary>
    public static void AddFits(DifferenceRows rows, ComparisonSubject reference, ComparisonSubject difference)
    {
        bool? before = Fits(reference.Memory), after = Fits(difference.Memory);
        if (before is null && after is null)
            return;
        rows.Add(new DagDifference
        {
            Aspect = DifferenceAspect.Fits,
            Subject = "fits",
            Reference = FitsText(reference.Memory),
            Difference = FitsText(difference.Memory),
            Effect = before == after || before is null || after is null ? DifferenceEffect.Neutral
                : after == true ? DifferenceEffect.Better : DifferenceEffect.Worse,
            IsEqual = before == after,
        });
    }

    /// <summary>Rules that pass, fail, or could not be looked at.</summary>
    public static void AddRules(DifferenceRows rows, ComparisonSubject reference, ComparisonSubject difference)
    {
        foreach (CheckRule rule in CheckRule.All)
        {
            CheckResult? before = reference.Report.Find(rule.Id), after = difference.Report.Find(rule.Id);
            if (before is null && after is null)
                continue;
            rows.Add(new DagDifference
            {
                Aspect = DifferenceAspect.Rule,
                Subject = $"{rule.Id} {rule.Title}",
                Reference = RuleText(before),
                Difference = RuleText(after),
                Effect = before?.Status == after?.Status ? DifferenceEffect.Neutral
                    : after?.Status == CheckStatus.Fail ? DifferenceEffect.Worse
                    : before?.Status == CheckStatus.Fail ? DifferenceEffect.Better : DifferenceEffect.Neutral,
                IsEqual = before?.Status == after?.Status,
            });
        }
    }

    /// <summary>What a plan serves; of graphs how long their phases take.</summary>
    public static void AddTimes(DifferenceRows rows, ComparisonSubject reference, ComparisonSubject difference)
    {
        if (reference.Timing is PlanTiming before && difference.Timing is PlanTiming after)
        {
            ServingForecast old = before.Serving, now = after.Serving;
            void Row(string subject, string unit, Wanted wanted, Func<ServingForecast, double?> of, Func<double, string> text) =>
                rows.Add(new Amounts(DifferenceAspect.Time, subject, unit, wanted), of(old), of(now), text);

            Row("time to first token", "s", Wanted.Less, serving => serving.Ttft, Quantity.FormatSeconds);
            Row("time per output token", "s", Wanted.Less, serving => serving.Tpot, Quantity.FormatSeconds);
            Row("hand-off that decode waits for", "s", Wanted.Less, serving => serving.ExposedTransfer, Quantity.FormatSeconds);
            Row("tokens a second", "1/s", Wanted.More, serving => serving.TokensPerSecond, Rate);
            Row("tokens a second and GPU", "1/s", Wanted.More, serving => serving.TokensPerSecondPerGpu, Rate);
            Row("requests a second", "1/s", Wanted.More, serving => serving.RequestsPerSecond, Rate);
            Row("GPUs in use", "GPUs", Wanted.Less, serving => serving.Gpus, value => Words.Number((long)value));
            return;
        }

        foreach (PhaseId? phase in reference.Simulations.Concat(difference.Simulations).Select(timing => timing.Part).Distinct())
        {
            double? Makespan(ComparisonSubject subject) => subject.Simulations.Where(timing => timing.Part == phase)
                .Select(timing => (double?)timing.Makespan).FirstOrDefault();

            rows.Add(new Amounts(DifferenceAspect.Time, "time from first to last operator", "s", Wanted.Less) { Phase = phase },
                Makespan(reference), Makespan(difference), Quantity.FormatSeconds);
        }
    }

    /// <summary>What GPUs hold: of two plans each GPU over its phases, of graphs the fullest GPU of each stage.</summary>
    public static void AddMemory(DifferenceRows rows, ComparisonSubject reference, ComparisonSubject difference)
    {
        if (reference.Plan is not null && difference.Plan is not null)
        {
            IReadOnlyDictionary<int, GpuMemory> before = MemoryPlan.OfGpus(reference.Plan), after = MemoryPlan.OfGpus(difference.Plan);
            foreach (var alike in before.Keys.Union(after.Keys).Order()
                .GroupBy(gpu => (Old: Total(before, gpu), Now: Total(after, gpu)))
                .OrderByDescending(gpus => Math.Max(gpus.Key.Old ?? 0, gpus.Key.Now ?? 0)).ThenBy(gpus => gpus.Min()))
            {
                GpuSet gpus = GpuSet.FromGpus(alike);
                rows.Add(new Amounts(DifferenceAspect.Memory, gpus.Named, "B", Wanted.Less) { Gpus = gpus },
                    alike.Key.Old, alike.Key.Now, Bytes);
            }

            return;
        }

        foreach ((PhaseId phase, int stage) in reference.Memory.Concat(difference.Memory)
            .Select(memory => (memory.Phase, memory.Stage)).Distinct().Order())
        {
            double? Union(ComparisonSubject subject) => subject.Memory.Where(memory => memory.Phase == phase && memory.Stage == stage)
                .Select(memory => (double?)memory.UnionBytes).FirstOrDefault();

            rows.Add(
                new Amounts(DifferenceAspect.Memory, Words.Invariant($"fullest GPU of stage {stage}"), "B", Wanted.Less) { Phase = phase },
                Union(reference), Union(difference), Bytes);
        }
    }

    private static bool? Fits(IReadOnlyList<DagMemory> memory) => memory.Count == 0 ? null : memory.All(stage => stage.Fits);

    private static string? FitsText(IReadOnlyList<DagMemory> memory)
    {
        if (memory.Count == 0)
            return null;
        DagMemory tightest = memory.MinBy(stage => stage.CapacityBytes - stage.UnionBytes)!;
        long left = tightest.CapacityBytes - tightest.UnionBytes;
        string where = Words.Invariant($"{tightest.Phase.ToName()} stage {tightest.Stage}");
        return left >= 0 ? $"yes, {Quantity.FormatBytes(left)} free on the fullest GPU ({where})"
            : $"no, {Quantity.FormatBytes(-left)} too much on the fullest GPU ({where})";
    }

    private static string? RuleText(CheckResult? result) => result is null ? null
        : result.Status == CheckStatus.Fail ? $"fails: {result.Evidence}" : result.Status == CheckStatus.Pass
            ? "passes" : "cannot be checked";

    private static double? Total(IReadOnlyDictionary<int, GpuMemory> memory, int gpu) =>
        memory.TryGetValue(gpu, out GpuMemory of) ? of.TotalBytes : null;

    private static string Bytes(double bytes) => Quantity.FormatBytes((long)bytes);

    private static string Rate(double value) => value >= 1000 ? Words.Number((long)Math.Round(value)) : Words.Invariant($"{value:0.###}");
}
