using ParallelDag.Durations;
using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>What a plan takes and serves, without a graph.</summary>
/// <param name="Ttft">Seconds to the first token; null without prefill.</param>
/// <param name="Tpot">Seconds between two tokens at the mean context; null without decode.</param>
/// <param name="SlowestPrefill">Seconds of prefill's slowest stage.</param>
/// <param name="SlowestDecode">Seconds of decode's slowest stage.</param>
/// <param name="RateOfGpu">Output tokens a second and GPU.</param>
/// <param name="Gpus">GPUs of both phases.</param>
internal sealed record PlanNumbers(
    double? Ttft, double? Tpot, double? SlowestPrefill, double? SlowestDecode, double RateOfGpu, int Gpus)
{
    /// <summary>The numbers of a plan.</summary>
    public static PlanNumbers Of(DeploymentPlan plan)
    {
        WorkloadSpec workload = plan.Workload, mean = workload with { OutputLength = workload.OutputLength / 2 };
        PassTimes[][] prefills = [.. plan.LayoutsOf(PhaseKind.Prefill).Select(layout => PlanPass.AllOf(plan, layout))];
        PassTimes[] decodes = [.. plan.LayoutsOf(PhaseKind.Decode).Select(layout => PlanPass.Of(plan, layout, mean))];
        double? ttft = prefills.Max(passes => (double?)(passes[0].Once + passes.Skip(1).Sum(pass => pass.Slowest)));
        double[] tpots = [.. decodes.Zip(plan.LayoutsOf(PhaseKind.Decode), (pass, layout) => pass.Interval(layout.Workload.MicroBatches))];
        double? tpot = tpots.Max(seconds => (double?)seconds);
        int gpus = plan.UsedGpus;
        return new PlanNumbers(ttft, tpot, prefills.SelectMany(passes => passes).Max(pass => (double?)pass.Stages.Max()),
            decodes.Max(pass => (double?)pass.Stages.Max()), Rate(plan, ttft, tpots, prefills) / gpus, gpus);
    }

    /// <summary>True where every GPU holds what it must.</summary>
    public static bool Fits(DeploymentPlan plan) => MemoryPlan.Of(plan).All(memory => memory.Fits);

    /// <summary><c>ttft 9.64 to 7.2 ms (-25 %), tpot ...</c>: what is other than before.</summary>
    public string Against(PlanNumbers before)
    {
        var parts = new List<string>();
        Add("ttft", before.Ttft, Ttft);
        Add("tpot", before.Tpot, Tpot);
        Add("prefill's slowest stage", before.SlowestPrefill, SlowestPrefill);
        Add("decode's slowest stage", before.SlowestDecode, SlowestDecode);
        if (Changes(before.RateOfGpu, RateOfGpu))
            parts.Add(Words.Invariant($"tokens/s/GPU {before.RateOfGpu:0.0} to {RateOfGpu:0.0} ({Percent(before.RateOfGpu, RateOfGpu)})"));
        if (Gpus != before.Gpus)
            parts.Add(Words.Invariant($"GPUs {before.Gpus} to {Gpus}"));
        return parts.Count == 0 ? "no difference" : string.Join(", ", parts);

        void Add(string what, double? old, double? own)
        {
            if (old is double one && own is double two && Changes(one, two))
                parts.Add($"{what} {TimingText.Time(one)} to {TimingText.Time(two)} ({Percent(one, two)})");
        }
    }

    private static bool Changes(double before, double after) => Math.Abs(after - before) > before * .0005;

    private static string Percent(double before, double after) => Words.Invariant($"{((after / before) - 1) * 100:+0.0;-0.0} %");

    private static double Rate(DeploymentPlan plan, double? ttft, double[] tpots, PassTimes[][] prefills)
    {
        double output = plan.DecodeLayout is null ? 1 : plan.Workload.OutputLength, steps = plan.Workload.OutputLength - 1;
        PhaseLayout[] first = [.. plan.LayoutsOf(PhaseKind.Prefill)], second = [.. plan.LayoutsOf(PhaseKind.Decode)];
        if (plan.Cluster.Pool != PoolKind.Disaggregated || !plan.HasBothPhases)
        {
            double sequences = (second.Length > 0 ? second : first).Sum(layout => (double)layout.Sequences);
            return sequences / ((ttft ?? 0) + (tpots.DefaultIfEmpty().Max() * steps)) * output;
        }

        double ofPrefill = first.Zip(prefills, (layout, passes) => layout.Sequences / passes.Sum(pass => pass.Slowest)).Sum();
        double ofDecode = steps > 0 ? second.Zip(tpots, (layout, tpot) => layout.Sequences / (tpot * steps)).Sum()
            : double.PositiveInfinity;
        return Math.Min(ofPrefill, ofDecode) * output;
    }
}
