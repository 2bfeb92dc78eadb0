using System.Diagnostics;
using ParallelDag.Chakra;
using ParallelDag.Lowering;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Chakra traces of Device graphs, from ten thousand nodes to over ten million, to files that nobody keeps; beside it the JSON of the same
/// graph, in the same run.
/// </summary>
internal static class TraceExports
{
    /// <summary>Prints a row a size: processor time, bytes, memory beyond the graph, ratio to JSON.</summary>
    public static void Run()
    {
        Export(DagGenerator.Generate(ScalePlans.All[0].Plan, DetailLevel.Device)); // Compiles the code.
        Console.WriteLine(
            "| plan | nodes | ranks | traces CPU s | MB | ns/node | memory beyond the graph, bytes/node | JSON CPU s | ratio |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((string name, DeploymentPlan plan) in ScalePlans.All)
        {
            Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            TimeSpan start = Environment.CpuUsage.TotalTime;
            (int ranks, long bytes, long most) = Export(dag);
            double traces = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            start = Environment.CpuUsage.TotalTime;
            using (FileStream file = Scratch())
                JsonWriter.Write(dag, file, CancellationToken.None);
            double json = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            Console.WriteLine(
                Words.Invariant($"| {name} | {dag.NodeCount:N0} | {ranks:N0} | {traces:F2} | {bytes / 1e6:F1} ")
                + Words.Invariant($"| {traces * 1e9 / dag.NodeCount:F0} | {(most - before) / (double)dag.NodeCount:F1} ")
                + Words.Invariant($"| {json:F2} | {traces / json:F2} |"));
        }

        Console.WriteLine(Words.Invariant(
            $"\npeak working set {Process.GetCurrentProcess().PeakWorkingSet64 / (double)(1 << 20):F0} MiB"));
    }

    private static (int Ranks, long Bytes, long MostMemory) Export(Dag dag)
    {
        long bytes = 0, most = 0;
        int files = 0;
        ChakraExport.Write(dag, (_, write) =>
        {
            using FileStream file = Scratch();
            write(file);
            bytes += file.Length;
            if (files++ % 256 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        });
        return (files - 4, bytes, most);
    }

    private static FileStream Scratch() =>
        new(Path.GetTempFileName(), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
}
