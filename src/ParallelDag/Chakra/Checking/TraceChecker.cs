using ParallelDag.Chakra.Reading;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// Holds a set of traces against <see cref="TraceRules"/>: what a simulator passes over in silence, or stalls on without a word, is named
/// with
/// its file, its node and the way out.
/// </summary>
internal static class TraceChecker
{
    /// <summary>Runs the rules. O(V log V + E).</summary>
    public static CheckReport Check(TraceSet set, CancellationToken cancellation)
    {
        var graph = new TraceGraph(set, cancellation);
        var sizes = new TraceFaults(TraceRules.Sizes);
        FileRules.Sizes(set, sizes);
        var calls = new CollectiveCalls(set, graph, sizes);
        var messages = new MessageEnds(set, graph);
        CheckResult order = graph.IsAcyclic
            ? CommonOrder.Check(set, new JoinedGraph(set, graph, calls, messages), cancellation)
            : new TraceFaults(TraceRules.Order).Skip("order in a file whose nodes wait for each other (PD001)");
        long sized = set.Files.Sum(file => file.Nodes.LongCount(node => node.IsCommunication));
        return new CheckReport(set.Name,
        [
            FileRules.Complete(set),
            FileRules.UniqueIds(set),
            FileRules.KnownDependencies(set),
            FileRules.Acyclic(set, graph, cancellation),
            calls.Conclude(),
            messages.Conclude(),
            order,
            sizes.Conclude($"{Words.Count(sized, "communication")}, and no size is 0"),
        ]);
    }
}
