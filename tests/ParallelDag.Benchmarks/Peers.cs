using System.Diagnostics;
using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Lowering;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Peers beside us, in the same run on the same graph: igraph's C code and networkx for acyclicity and topological order, Graphviz for
/// drawing. The graph is measured as generated (numbered in topological order) and with its nodes numbered at random, so that nobody
/// profits from the numbering. A peer that is missing is named and skipped.
/// </summary>
internal static class Peers
{
    private const int Runs = 5;

    /// <summary>
    /// Measures a graph of about a million nodes, or with "large" of over ten million (igraph only: networkx would need tens of gigabytes).
    /// </summary>
    public static void Run(bool large)
    {
        Dag dag = DagGenerator.Generate(ScalePlans.All[large ? 3 : 2].Plan, DetailLevel.Device);
        Console.WriteLine(Words.Invariant(
            $"graph: {dag.NodeCount:N0} nodes, {dag.EdgeCount:N0} edges; median of {Runs} runs, ms; ratio = ours / peer\n"));
        Console.WriteLine("| graph | task | ours | igraph | ratio | networkx | ratio |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach ((string numbering, Topology graph) in new[] { ("as generated", dag.Topology),
            ("numbered at random", Renumbered(dag.Topology)) })
        {
            Dictionary<string, double> peers = Python(graph, networkx: !large);
            Row(numbering, "acyclic?", "is_dag", () => TopologicalOrder.Exists(graph));
            Row(numbering, "topological order", "topological_sort", () => TopologicalOrder.TryCompute(graph, out _));

            void Row(string name, string task, string key, Func<bool> own)
            {
                own();
                double ours = Scale.Median([.. Enumerable.Range(0, Runs).Select(_ => Time(own))]);
                Console.WriteLine($"| {name} | {task} | {Number(ours)} | {Peer($"igraph.{key}")} | {Peer($"networkx.{key}")} |");

                string Peer(string peer) => peers.TryGetValue(peer, out double time)
                    ? $"{Number(time)} | {(ours / time).ToString("0.000", CultureInfo.InvariantCulture)}"
                    : "missing |";
            }
        }

        if (!large)
            Drawing();
    }

    /// <summary>Milliseconds that igraph needs for a task; NaN where it is not installed.</summary>
    public static double Igraph(Topology graph, string task) =>
        Python(graph, networkx: false).GetValueOrDefault($"igraph.{task}", double.NaN);

    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "N0", CultureInfo.InvariantCulture);

    private static double Time(Func<bool> work)
    {
        var watch = Stopwatch.StartNew();
        if (!work())
            throw new InvalidOperationException("the graph has a cycle");
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>The same graph under a random numbering of its nodes.</summary>
    private static Topology Renumbered(Topology graph)
    {
        int[] number = [.. Enumerable.Range(0, graph.NodeCount)];
        new Random(1).Shuffle(number);
        int[] sources = new int[graph.EdgeCount], targets = new int[graph.EdgeCount];
        for (int node = 0, edge = 0; node < graph.NodeCount; node++)
        {
            foreach (int link in graph.Out(node))
            {
                sources[edge] = number[node];
                targets[edge++] = Topology.Pack(number[Topology.Node(link)], Topology.Kind(link));
            }
        }

        return Topology.FromEdges(graph.NodeCount, sources, targets);
    }

    /// <summary>Milliseconds of each peer and task, from peers.py.</summary>
    private static Dictionary<string, double> Python(Topology graph, bool networkx)
    {
        string edges = Path.GetTempFileName();
        try
        {
            using (var writer = new BinaryWriter(File.Create(edges)))
            {
                for (int node = 0; node < graph.NodeCount; node++)
                {
                    foreach (int link in graph.Out(node))
                    {
                        writer.Write((long)node);
                        writer.Write((long)Topology.Node(link));
                    }
                }
            }

            // Debian's packages belong to Debian's python.
            string python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
            string script = Path.Combine(AppContext.BaseDirectory, "peers.py");
            string output = Execute(python,
                [script, edges, graph.NodeCount.ToString(CultureInfo.InvariantCulture), Runs.ToString(CultureInfo.InvariantCulture),
                    networkx ? "networkx" : "-"]);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .Where(parts => parts.Length == 2)
                .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(edges);
        }
    }

    /// <summary>The reference plan at Operator level, drawn by us and by Graphviz.</summary>
    private static void Drawing()
    {
        Dag dag = DagGenerator.Generate(ScalePlans.Reference);
        SvgWriter.ToText(dag);
        double ours = Scale.Median([.. Enumerable.Range(0, Runs).Select(_ => Time(() => SvgWriter.ToText(dag).Length > 0))]);
        string dot = Path.GetTempFileName();
        try
        {
            File.WriteAllText(dot, DotWriter.ToText(dag));
            var watch = Stopwatch.StartNew();
            Execute("dot", ["-Tsvg", "-o", dot + ".svg", dot]);
            Console.WriteLine(Words.Invariant(
                $"\nSVG of the reference plan, {dag.NodeCount} nodes: ours {ours:F0} ms, Graphviz {watch.Elapsed.TotalMilliseconds:N0} ms, "
                    + $"ratio {ours / watch.Elapsed.TotalMilliseconds:0.000}"));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("\nGraphviz is missing: its drawing is skipped");
        }
        finally
        {
            File.Delete(dot);
            File.Delete(dot + ".svg");
        }
    }

    private static string Execute(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
