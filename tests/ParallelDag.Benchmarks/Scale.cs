using System.Diagnostics;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Lowering;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Benchmarks;

/// <summary>Time against nodes, from ten thousand to over ten million: generate, check, write JSON to a file that nobody keeps.</summary>
internal static class Scale
{
    private const int Runs = 3;

    /// <summary>Prints one row a size: medians of several runs, nanoseconds a node, bytes of the graph alive.</summary>
    public static void Run()
    {
        // The first graphs compile the code; they are not counted.
        for (int i = 0; i < 20; i++)
            TopologicalOrder.Exists(DagGenerator.Generate(ScalePlans.All[0].Plan, DetailLevel.Device).Topology);

        Console.WriteLine(
            "| plan | nodes | edges | generate ms | check ms | JSON s | ns/node generated | nodes/s | bytes/node less 8 an edge |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((string name, DeploymentPlan plan) in ScalePlans.All)
        {
            var generate = new List<double>();
            var check = new List<double>();
            Dag dag = null!;
            long before = GC.GetTotalMemory(forceFullCollection: true);
            for (int run = 0; run < Runs; run++)
            {
                dag = null!;
                GC.Collect();
                var watch = Stopwatch.StartNew();
                dag = DagGenerator.Generate(plan, DetailLevel.Device);
                generate.Add(watch.Elapsed.TotalMilliseconds);
                watch.Restart();
                if (!TopologicalOrder.Exists(dag.Topology))
                    throw new InvalidOperationException("the graph has a cycle");
                check.Add(watch.Elapsed.TotalMilliseconds);
            }

            long alive = GC.GetTotalMemory(forceFullCollection: true) - before;
            var writing = Stopwatch.StartNew();
            using (var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16,
                FileOptions.DeleteOnClose))
                JsonWriter.Write(dag, file, CancellationToken.None);
            double median = Median(generate);
            Console.WriteLine(Words.Invariant(
                $"| {name} | {dag.NodeCount:N0} | {dag.EdgeCount:N0} | {median:F1} | {Median(check):F2} | "
                    + $"{writing.Elapsed.TotalSeconds:F1} | {median * 1e6 / dag.NodeCount:F0} | {dag.NodeCount / median / 1000:F1} M | "
                    + $"{(alive - (8.0 * dag.EdgeCount)) / dag.NodeCount:F1} |"));
            GC.KeepAlive(dag);
        }

        Console.WriteLine(Words.Invariant(
            $"\npeak working set {Process.GetCurrentProcess().PeakWorkingSet64 / (double)(1 << 20):F0} MiB"));
    }

    /// <summary>The middle of an odd number of values.</summary>
    internal static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
