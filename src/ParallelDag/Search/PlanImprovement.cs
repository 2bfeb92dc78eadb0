using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>
/// What each change of a plan would bring: one step at a time, on the GPUs that it has. Changes that break a rule, a limit or a GPU's
/// memory are rejected, and so is what changes nothing.
/// </summary>
public static class PlanImprovement
{
    /// <summary>Plans on more GPUs are not looked at for a report: every change lays the plan out anew.</summary>
    private const int MostGpusOfReport = 1024;

    /// <summary>What counts as better.</summary>
    private const double Least = .02;

    /// <summary>
    /// The changes of a plan that gain something by the goal, the best first, of equals the smaller change, each with a rank; behind them
    /// all others, with rank 0.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="goal">What is best.</param>
    /// <param name="keep">Keys that stay as they are: <c>tp</c>, <c>order</c>.</param>
    /// <param name="top">How many have a rank at most.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static IReadOnlyList<PlanCandidate> Of(
        DeploymentPlan plan, SearchGoal goal, IReadOnlyCollection<string> keep, int top,
        CancellationToken cancellation = default)
    {
        PlanNumbers before = PlanNumbers.Of(plan);
        Tried[] tried = [.. Try(plan, before, change => !change.Keys.Any(key => keep.Contains(key, StringComparer.OrdinalIgnoreCase)),
            cancellation)];
        Tried[] better = [.. tried.Where(one => one.Verdict == CandidateVerdict.Feasible && Gain(goal, before, one.Numbers!) > Least / 10)
            .OrderByDescending(one => Math.Round(Gain(goal, before, one.Numbers!), 6))];
        return
        [
            .. better.Take(top).Select((one, index) => Row(one, before, plan, index + 1)),
            .. tried.Except(better.Take(top)).Select(one => Row(one, before, plan, 0)),
        ];
    }

    /// <summary>
    /// A sentence on the best change that leaves all degrees as they are, where one gains 2 % or more in time and costs nothing else; null
    /// where there is none.
    /// </summary>
    internal static string? BestCheap(DeploymentPlan plan)
    {
        if (plan.Cluster.Gpus > MostGpusOfReport)
            return null;
        PlanNumbers before = PlanNumbers.Of(plan);
        Tried? best = Try(plan, before, change => change.IsCheap, default)
            .Where(one => one.Verdict == CandidateVerdict.Feasible && Times(before, one.Numbers!) > Least && !Worse(before, one.Numbers!))
            .OrderByDescending(one => Math.Round(Times(before, one.Numbers!), 6)).FirstOrDefault();
        return best is null ? null : $"{best.Change.Text}: {best.Numbers!.Against(before)}";
    }

    private static IEnumerable<Tried> Try(
        DeploymentPlan plan, PlanNumbers before, Func<PlanChange, bool> wanted, CancellationToken cancellation)
    {
        bool fits = PlanNumbers.Fits(plan);
        double least = SearchProblem.Of(plan.GetSpec()).LeastRateOfGpu * plan.Workload.OutputLength;
        foreach (PlanChange change in PlanChange.Of(plan).Where(wanted))
        {
            cancellation.ThrowIfCancellationRequested();
            if (PlanValidator.Validate(change.Spec) is [PlanFault fault, ..])
            {
                yield return new Tried(change, CandidateVerdict.Rule, $"{fault.Path}: {fault.Message}", null);
                continue;
            }

            var changed = DeploymentPlan.Resolve(change.Spec);
            PlanNumbers numbers = PlanNumbers.Of(changed);
            CandidateVerdict verdict = fits && !PlanNumbers.Fits(changed) ? CandidateVerdict.Memory
                : numbers.Ttft > plan.Limits?.Ttft ? CandidateVerdict.Ttft
                : numbers.Tpot > plan.Limits?.Tpot ? CandidateVerdict.Tpot
                : numbers.RateOfGpu < least ? CandidateVerdict.Throughput : CandidateVerdict.Feasible;
            yield return new Tried(change, verdict, numbers.Against(before), numbers);
        }
    }

    private static PlanCandidate Row(Tried tried, PlanNumbers before, DeploymentPlan plan, int rank) => new(() => tried.Change.Spec)
    {
        Rank = rank,
        Change = tried.Change.Text,
        Mode = plan.Cluster.Pool == PoolKind.Disaggregated ? ServingMode.Disaggregated : ServingMode.Static,
        Prefill = tried.Change.Spec.Prefill?.ToString(),
        PrefillReplicas = tried.Change.Spec.Prefill?.Sets.Sum(set => set.Replicas) ?? 0,
        Decode = tried.Change.Spec.Decode?.ToString(),
        DecodeReplicas = tried.Change.Spec.Decode?.Sets.Sum(set => set.Replicas) ?? 0,
        Gpus = tried.Numbers?.Gpus,
        Batch = tried.Change.Spec.Decode?.Instances is null ? tried.Change.Spec.Decode?.Batch ?? plan.Workload.Batch : null,
        Ttft = tried.Numbers?.Ttft,
        Tpot = tried.Numbers?.Tpot,
        RequestsPerSecond = tried.Numbers is PlanNumbers numbers ? numbers.RateOfGpu * numbers.Gpus / plan.Workload.OutputLength : null,
        OutputLength = plan.Workload.OutputLength,
        Verdict = tried.Verdict,
        Reason = tried.Verdict == CandidateVerdict.Memory ? $"does not fit the memory; {tried.Text}" : tried.Text,
    };

    private static double Gain(SearchGoal goal, PlanNumbers before, PlanNumbers after) => goal switch
    {
        SearchGoal.Latency => Shorter(before.Tpot ?? before.Ttft, after.Tpot ?? after.Ttft),
        _ => (after.RateOfGpu / before.RateOfGpu) - 1,
    };

    private static double Times(PlanNumbers before, PlanNumbers after) =>
        Math.Max(Shorter(before.Ttft, after.Ttft), Shorter(before.Tpot, after.Tpot));

    private static bool Worse(PlanNumbers before, PlanNumbers after) => Shorter(before.Ttft, after.Ttft) < -.001
        || Shorter(before.Tpot, after.Tpot) < -.001 || after.RateOfGpu < before.RateOfGpu * .999;

    private static double Shorter(double? before, double? after) => before is double one && after is double two ? 1 - (two / one) : 0;

    private sealed record Tried(PlanChange Change, CandidateVerdict Verdict, string Text, PlanNumbers? Numbers);
}
