using System.Text;
using ParallelDag.Chakra.Writing;
using ParallelDag.Wording;

namespace ParallelDag.Chakra;

/// <summary>
/// Writes a Device DAG as a set of Chakra execution traces with what ASTRA-sim reads beside them: a trace for every GPU of the pool, the
/// communicator groups, network, system and memory (docs/simulators.md).
/// </summary>
public static class ChakraExport
{
    private static readonly string[] Beside = [".groups.json", ".network.yml", ".system.json", ".memory.json"];

    /// <summary>What the names of the files have behind the name of the graph, traces first.</summary>
    public static IReadOnlyList<string> SuffixesOf(Dag dag) =>
        [.. Enumerable.Range(0, new RankTable(dag).Count).Select(rank => Words.Invariant($".{rank}.et")), .. Beside];

    /// <summary>
    /// Writes the files, one after the other, each node once: beyond the graph 8 bytes a node and 4 an action and rank are kept.
    /// Returns what a simulation of them will get wrong, a sentence each. O(V log V + E).
    /// </summary>
    /// <param name="dag">The graph, at Device level, with its cluster.</param>
    /// <param name="write">Writes a file, given its suffix and its content.</param>
    /// <param name="options">Control dependencies, names; null: as they are by default.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The graph is no Device DAG, does not tell its cluster, or has a cycle.</exception>
    public static IReadOnlyList<string> Write(
        Dag dag, Action<string, Action<Stream>> write, ChakraOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        options ??= new ChakraOptions();
        if (dag.Detail != DetailLevel.Device)
            throw new InputException(
                $"{dag.Name} is drawn at {dag.Detail.ToName()} level, but a trace has a node for each operator on each GPU; "
                + "export the plan, or the graph with --detail device");
        ClusterSpec cluster = dag.Header.Cluster ?? throw new InputException(
            $"the graph {dag.Name} does not tell its cluster, whose links and devices the network and system files hold; export the plan, "
            + "or a JSON graph of it");
        var actions = new TraceActions(dag, cancellation);
        var groups = new GroupTable(actions);
        var tiers = new NetworkTiers(cluster, actions.Ranks.Count);
        var choice = PeakChoice.Of(dag);
        double peak = cluster.Gpu.PeakFlops(choice.Rate);
        var writer = new RankWriter(actions, groups, new WorkSizes(cluster.Gpu, peak), options, cancellation);
        for (int rank = 0; rank < actions.Ranks.Count; rank++)
        {
            int own = rank;
            write(Words.Invariant($".{rank}.et"), stream => writer.Write(own, stream));
        }

        write(Beside[0], stream => Text(stream, output => SystemFiles.WriteGroups(groups, output)));
        write(Beside[1], stream => Text(stream, output => output.Write(tiers.ToYaml())));
        write(Beside[2], stream => Text(stream, output => output.Write(SystemFiles.System(cluster.Gpu, peak, tiers.Count))));
        write(Beside[3], stream => Text(stream, output => output.Write(SystemFiles.Memory)));
        return [.. new[]
        {
            tiers.Warning(actions, groups), choice.Warning(cluster.Gpu), Idle(actions),
            options.Schedule == ChakraSchedule.Free
                ? "nothing but the graph orders the communications of a rank, so ASTRA-sim may stall without a word; count its "
                    + "finished ranks"
                : null,
        }.OfType<string>()];
    }

    private static string? Idle(TraceActions actions)
    {
        int idle = Enumerable.Range(0, actions.Ranks.Count).Count(rank => actions.Of(rank).IsEmpty);
        return idle == 0 ? null
            : $"{Words.Number(idle)} of {Words.Count(actions.Ranks.Count, "GPU")} have nothing to do; "
                + "their traces hold a computation of 1 ns";
    }

    private static void Text(Stream stream, Action<TextWriter> write)
    {
        using var output = new StreamWriter(stream, new UTF8Encoding(false), 1 << 12, leaveOpen: true) { NewLine = "\n" };
        write(output);
    }
}
