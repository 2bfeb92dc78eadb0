namespace ParallelDag.Simulation;

/// <summary>
/// The split of each lane's time. The compute stream is busy for the sum of its durations; the union over all streams is found by
/// merging them.
/// </summary>
internal static class GpuShares
{
    /// <summary>One split a lane. O(occupied streams).</summary>
    public static GpuTime[] Of(DagActions actions, SimulationRun run)
    {
        var shares = new GpuTime[actions.GpuLanes.Count];
        for (int lane = 0; lane < shares.Length; lane++)
        {
            (long compute, long busy) = Busy(actions, run, lane * actions.StreamKinds);
            shares[lane] = new GpuTime(actions.GpuLanes.Gpus[lane], compute, busy - compute, run.Makespan - busy);
        }

        return shares;
    }

    /// <summary>How long something is computed, and how long anything runs, on the streams of a lane.</summary>
    private static (long Compute, long Busy) Busy(DagActions actions, SimulationRun run, int firstStream)
    {
        Span<int> cursors = stackalloc int[actions.StreamKinds];
        cursors.Clear();
        long compute = 0, busy = 0, until = 0;
        while (true)
        {
            int next = -1, from = -1;
            for (int kind = 0; kind < cursors.Length; kind++)
            {
                ReadOnlySpan<int> list = run.Streams.Of(firstStream + kind);
                if (cursors[kind] < list.Length && (next < 0 || run.StartOf(list[cursors[kind]]) < run.StartOf(next)))
                    (next, from) = (list[cursors[kind]], kind);
            }

            if (next < 0)
                return (compute, busy);
            cursors[from]++;
            if (actions.Computes(next))
                compute += run.Actions.DurationOf(next);
            busy += Math.Max(0, run.FinishOf(next) - Math.Max(until, run.StartOf(next)));
            until = Math.Max(until, run.FinishOf(next));
        }
    }
}
