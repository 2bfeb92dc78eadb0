using System.Diagnostics;
using ParallelDag.Comparisons;
using ParallelDag.Lowering;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>How long two graphs of a hundred thousand nodes take to be compared: alike ones, and two orders of ranks.</summary>
internal static class ComparisonTimes
{
    private const int Runs = 5;

    /// <summary>The bar: a comparison, rules and simulations of both sides in it, in under a second.</summary>
    private const double BarMilliseconds = 1000;

    /// <summary>Prints medians of several runs; ends with exit code 1 where a comparison passes the bar.</summary>
    public static int Run()
    {
        PlanSpec spec = ScalePlans.All[1].Plan.Spec;
        spec = spec with { Workload = spec.Workload with { Batch = spec.Workload.Batch * 2,
            MicroBatches = spec.Workload.MicroBatches * 2 } };
        Dag before = Generate(spec);
        PhaseStrategy? Turned(PhaseStrategy? phase) => phase is null ? null : phase with { Order = ["dp", "tp", "sp", "ep", "pp"] };
        Dag after = Generate(spec with { Prefill = Turned(spec.Prefill), Decode = Turned(spec.Decode) });
        Console.WriteLine(Words.Invariant(
            $"{before.NodeCount:N0} and {after.NodeCount:N0} nodes, {before.EdgeCount:N0} edges"));
        double same = Median(before, Generate(spec)), turned = Median(before, after);
        Console.WriteLine(Words.Invariant($"alike {same:F0} ms, another order of ranks {turned:F0} ms"));
        return same < BarMilliseconds && turned < BarMilliseconds ? 0 : 1;
    }

    private static Dag Generate(PlanSpec spec) => DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device);

    private static double Median(Dag before, Dag after)
    {
        var times = new List<double>();
        for (int run = 0; run <= Runs; run++)
        {
            GC.Collect();
            var watch = Stopwatch.StartNew();
            DagComparison comparison = DagComparer.Compare(before, after);
            if (run == 0)
                Console.WriteLine(comparison.Summary);
            else
                times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return Scale.Median(times);
    }
}
