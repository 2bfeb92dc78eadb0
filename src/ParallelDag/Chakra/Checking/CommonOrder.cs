using ParallelDag.Chakra.Reading;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// Rule PD012 for traces: all ranks meet their communications in one order, that is, the <see cref="JoinedGraph"/> has no cycle. Along a
/// cycle each rank holds what the next one waits for.
/// </summary>
internal static class CommonOrder
{
    private const int Named = 4;

    /// <summary>Looks for a cycle. O(V + E).</summary>
    public static CheckResult Check(TraceSet set, JoinedGraph joined, CancellationToken cancellation)
    {
        var faults = new TraceFaults(TraceRules.Order);
        int[] cycle = CycleSearch.Find(joined.Graph, cancellation);
        if (cycle.Length > 0)
            Tell(set, joined, cycle, faults);
        string free = joined.UnchainedRanks == 0 ? ""
            : $"; on {Words.Count(joined.UnchainedRanks, "rank")} no dependencies keep it, so a simulator that runs what is ready may "
                + "stall (control dependencies between communications prevent that)";
        return faults.Conclude("one order serves the communications of every rank" + free);
    }

    /// <summary>The steps of the cycle from a communication to the next, with the file in which they are ordered so.</summary>
    private static void Tell(TraceSet set, JoinedGraph joined, int[] cycle, TraceFaults faults)
    {
        (TracePart Source, TracePart Target, bool InFile)[] edges = [.. cycle.Select(joined.EdgeOf)];
        int start = Array.FindIndex(edges, edge => edge.Source.Of(set).IsCommunication);
        var steps = new List<string>();
        TracePart entered = edges[Math.Max(0, start)].Source;
        for (int i = 0; i < edges.Length; i++)
        {
            (TracePart source, TracePart target, bool inFile) = edges[(Math.Max(0, start) + i) % edges.Length];
            if (source.Of(set).IsCommunication)
                entered = source;
            if (inFile && target.Of(set).IsCommunication)
                steps.Add($"{OneLine.Of(set.Files[target.File].Name)} has {entered.Of(set)} before {target.Of(set)}");
        }

        string more = steps.Count > Named ? $" and {Words.Count(steps.Count - Named, "more step")}" : "";
        faults.Add(set.Files[entered.File], entered.Of(set), "waits for what waits for it on another rank; none of them ever ends",
            "let all ranks meet their communications in one order", string.Join(", ", steps.Take(Named)) + more);
    }
}
