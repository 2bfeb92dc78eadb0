using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Simulation;

/// <summary>
/// Every stream runs its actions in one topological order, that of their indices where it is one:
/// <c>start(v) = max(finish of v's predecessors, free of v's streams); free := finish := start + duration</c>.
/// One pass, O(V + E + occupied streams) time, no queue and no ties. With equal micro-batches and no contention the result is the flow
/// shop's: the sum over stages and sends, and (micro-batches - 1) times the longest of them.
/// </summary>
internal static class SequentialSchedule
{
    /// <summary>Runs the actions.</summary>
    /// <exception cref="CycleException">Actions wait for each other.</exception>
    public static SimulationRun Run(ActionSet actions, CancellationToken cancellation = default)
    {
        actions.RequireSummable();
        int[]? order = null;
        if (!TopologicalOrder.IsIndexOrder(actions.Dependencies, cancellation)
            && !TopologicalOrder.TryCompute(actions.Dependencies, out order, cancellation))
            throw new CycleException();
        long[] finishes = new long[actions.Count];
        Pass(actions, order, finishes, cancellation);
        return new SimulationRun(actions, finishes);
    }

    private static void Pass(ActionSet actions, int[]? order, long[] finishes, CancellationToken cancellation)
    {
        ReadOnlySpan<int> inOffsets = actions.Dependencies.InOffsets, inLinks = actions.Dependencies.InLinks;
        ReadOnlySpan<int> durationIds = actions.DurationIds, occupancyIds = actions.OccupancyIds;
        ReadOnlySpan<int> rows = actions.Occupancies.Offsets, streamsOf = actions.Occupancies.Streams;
        ReadOnlySpan<long> durations = actions.Durations;
        Span<long> free = new long[actions.Occupancies.StreamCount];
        for (int i = 0; i < finishes.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int action = order is null ? i : order[i];
            long start = 0;
            foreach (int link in inLinks[inOffsets[action]..inOffsets[action + 1]])
                start = Math.Max(start, finishes[Topology.Node(link)]);
            int row = occupancyIds[action];
            ReadOnlySpan<int> streams = streamsOf[rows[row]..rows[row + 1]];
            foreach (int stream in streams)
                start = Math.Max(start, free[stream]);

            // The same as ActionSet.DurationOf.
            long duration = durations[durationIds[action]];
            long finish = start + (duration == 0 && row != 0 ? 1 : duration);
            foreach (int stream in streams)
                free[stream] = finish;
            finishes[action] = finish;
        }
    }
}
