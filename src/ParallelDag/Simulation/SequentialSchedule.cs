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
    private const int NoAction = -1;

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
        int[] bindings = new int[actions.Count];
        Pass(actions, order, finishes, bindings, cancellation);
        return new SimulationRun(actions, finishes, bindings);
    }

    private static void Pass(ActionSet actions, int[]? order, long[] finishes, int[] bindings, CancellationToken cancellation)
    {
        ReadOnlySpan<int> inOffsets = actions.Dependencies.InOffsets, inLinks = actions.Dependencies.InLinks;
        int[] rows = actions.Occupancies.Offsets, streamsOf = actions.Occupancies.Streams;
        int[] durationIds = actions.DurationIds, occupancyIds = actions.OccupancyIds;
        long[] durations = actions.Durations;
        var streams = new StreamState[actions.Occupancies.StreamCount];
        for (int i = 0; i < finishes.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int action = order is null ? i : order[i];
            long start = 0;
            int binding = NoAction;
            foreach (int link in inLinks[inOffsets[action]..inOffsets[action + 1]])
            {
                int source = Topology.Node(link);
                long finish = finishes[source];
                if (finish > start || (finish == start && source < binding))
                    (start, binding) = (finish, source);
            }

            int row = occupancyIds[action];
            long duration = durations[durationIds[action]];
            ReadOnlySpan<int> occupied = streamsOf.AsSpan(rows[row], rows[row + 1] - rows[row]);
            bool byStream = false;
            foreach (int stream in occupied)
            {
                ref StreamState state = ref streams[stream];
                if (state.Free > start || (byStream && state.Free == start && state.Last < binding))
                    (start, binding, byStream) = (state.Free, state.Last, true);
            }

            long end = start + (duration == 0 && !occupied.IsEmpty ? 1 : duration);
            foreach (int stream in occupied)
                streams[stream] = new StreamState { Free = end, Last = action };
            finishes[action] = end;
            bindings[action] = binding;
        }
    }

    /// <summary>When a stream is free again, and what ran on it last.</summary>
    private struct StreamState
    {
        public long Free;
        public int Last;
    }
}
