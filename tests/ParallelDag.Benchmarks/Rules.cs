using System.Diagnostics;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>
/// What the rules cost in processor time, which other work on the machine leaves alone, on a Device graph of a million nodes: all of them
/// beside the generation, and each alone, both in code that the runtime has done compiling.
/// </summary>
internal static class Rules
{
    private const int Runs = 5;

    /// <summary>
    /// After so many runs hot code is queued for its last compilation, which goes on beside the work and counts as its time.
    /// </summary>
    private const int RunsBefore = 35;

    /// <summary>The bar: all rules take under so many times the generation.</summary>
    private const double Bar = 3;

    /// <summary>Prints medians of several runs; ends with exit code 1 where the rules pass the bar.</summary>
    public static int Run()
    {
        (string name, DeploymentPlan plan) = ScalePlans.All[2];
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
        var first = Stopwatch.StartNew();
        CheckReport report = CheckRunner.Run(dag);
        Console.WriteLine(Words.Invariant($"first run, code compiled on the way: {first.Elapsed.TotalMilliseconds:F0} ms"));
        foreach (CheckResult failure in report.Failures)
            Console.WriteLine(failure);
        for (int run = 0; run < RunsBefore; run++)
        {
            DagGenerator.Generate(plan, DetailLevel.Device);
            CheckRunner.Run(dag);
        }

        Thread.Sleep(TimeSpan.FromSeconds(1));
        double generation = Median(() => DagGenerator.Generate(plan, DetailLevel.Device));
        double all = Median(() => CheckRunner.Run(dag));
        Console.WriteLine(Words.Invariant($"{name}: {dag.NodeCount:N0} nodes, {dag.EdgeCount:N0} edges"));
        Console.WriteLine(Words.Invariant(
            $"generation {generation:F0} ms, all rules {all:F0} ms, {all / generation:F2} times"));
        foreach (CheckRule rule in CheckRule.All)
        {
            double alone = Median(() => CheckRunner.Run(dag, [rule.Id]));
            Console.WriteLine(Words.Invariant($"{rule.Id} {alone,8:F1} ms  {rule.Title}"));
        }

        return report.Holds && all < Bar * generation ? 0 : 1;
    }

    private static double Median(Func<object> work)
    {
        var times = new List<double>();
        for (int run = 0; run < Runs; run++)
        {
            GC.Collect();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            GC.KeepAlive(work());
            times.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        return Scale.Median(times);
    }
}
