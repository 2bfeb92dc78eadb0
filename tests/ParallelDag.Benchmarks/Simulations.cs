using System.Runtime.CompilerServices;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Simulation of Device graphs, from a hundred thousand nodes to over ten million, on one core; beside it, in the same run on the same
/// graph, peers:
/// an event simulation as one writes it with the base class library's PriorityQueue, and igraph's topological sort, a bare pass over
/// the graph in C.
/// </summary>
internal static class Simulations
{
    private const int Runs = 3;

    /// <summary>
    /// Prints one row a size and schedule: processor time, nodes a second of it, bytes a node beyond the graph, ratios to the peers.
    /// </summary>
    public static void Run()
    {
        Console.WriteLine("| plan | nodes | edges | schedule | CPU ms | nodes/s | bytes/node | peer | peer CPU ms | ratio ours / peer |");
        Console.WriteLine("|---|---:|---:|---|---:|---:|---:|---|---:|---:|");
        foreach ((string name, DeploymentPlan plan) in ScalePlans.All)
        {
            Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
            NodeTimes times = dag.Times!;
            var options = new SimulationOptions();
            var overlapped = new SimulationOptions { Schedule = StreamSchedule.Overlapped };
            (double whole, double bytes) = Measure(() => DagSimulator.Run(dag, options), dag);
            ActionSet actions = new DagActions(dag, times, options).Actions;
            (double pass, _) = Measure(() => SequentialSchedule.Run(actions), dag);
            double topological = Peers.Igraph(dag.Topology, "topological_sort.cpu");
            Row("sequential, streams assigned", whole, bytes, "igraph topological sort", topological);
            Row("sequential, the pass alone", pass, null, "igraph topological sort", topological);
            if (dag.NodeCount > 20_000_000)
                continue;
            (double events, double eventBytes) = Measure(() => DagSimulator.Run(dag, overlapped), dag);
            (double peer, _) = Measure(() => EventSimulation.Run(actions), dag);
            Row("overlapped", events, eventBytes, "PriorityQueue of the base class library", peer);

            void Row(string schedule, double milliseconds, double? extra, string peerName, double peerMilliseconds) =>
                Console.WriteLine(
                    Words.Invariant($"| {name} | {dag.NodeCount:N0} | {dag.EdgeCount:N0} | {schedule} | {milliseconds:N1} ")
                    + Words.Invariant($"| {dag.NodeCount / milliseconds / 1000:F1} M | {extra:F1} | {peerName} ")
                    + Words.Invariant($"| {peerMilliseconds:N1} | {milliseconds / peerMilliseconds:0.000} |"));
        }
    }

    /// <summary>Milliseconds of processor time, the median, and the bytes that the result keeps.</summary>
    private static (double Milliseconds, double BytesPerNode) Measure(Func<object> work, Dag dag)
    {
        var times = new List<double>();
        double bytes = 0;
        for (int run = 0; run <= Runs; run++)
        {
            (double time, long kept) = Once(work);
            if (run > 0)
                times.Add(time);
            bytes = kept / (double)dag.NodeCount;
        }

        return (Scale.Median(times), bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (double Milliseconds, long Bytes) Once(Func<object> work)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        object result = work();
        double time = (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(result);
        return (time, bytes);
    }
}
