using ParallelDag.Graphs;

namespace ParallelDag.Simulation;

/// <summary>
/// When every action ran. Beyond the graph this is all that a simulation keeps: 16 bytes an action (its end, and the two indices of
/// <see cref="ActionSet"/>).
/// </summary>
internal sealed class SimulationRun
{
    private readonly long[] _finishes;
    private readonly Lazy<StreamLists> _streams;

    public SimulationRun(ActionSet actions, long[] finishes)
    {
        Actions = actions;
        _finishes = finishes;
        _streams = new(() => new StreamLists(this));
        for (int action = 0; action < finishes.Length; action++)
        {
            if (Last < 0 || finishes[action] > Makespan)
                (Last, Makespan) = (action, finishes[action]);
        }
    }

    /// <summary>What ran.</summary>
    public ActionSet Actions { get; }

    /// <summary>What ran on each stream; listed when it is first asked for.</summary>
    public StreamLists Streams => _streams.Value;

    /// <summary>When all was done, from 0.</summary>
    public long Makespan { get; }

    /// <summary>The action that ended last, of several the one with the lowest index; -1 where there was none.</summary>
    public int Last { get; } = -1;

    /// <summary>When an action began.</summary>
    public long StartOf(int action) => _finishes[action] - Actions.DurationOf(action);

    /// <summary>When an action ended.</summary>
    public long FinishOf(int action) => _finishes[action];

    /// <summary>
    /// What an action waited for last: the predecessor, else the action before it on a stream, that ended when it began; of several the one
    /// with the lowest index. -1 for an action that began at 0. O(predecessors + streams * log V).
    /// </summary>
    public int BindingOf(int action)
    {
        long start = StartOf(action);
        int binding = -1;
        if (start == 0)
            return binding;
        foreach (int link in Actions.Dependencies.In(action))
        {
            int source = Topology.Node(link);
            if (_finishes[source] == start && Actions.Binds(link) && (binding < 0 || source < binding))
                binding = source;
        }

        if (binding >= 0)
            return binding;
        foreach (int stream in Actions.StreamsOf(action))
        {
            int before = Streams.Before(stream, start);
            if (before >= 0 && _finishes[before] == start && (binding < 0 || before < binding))
                binding = before;
        }

        return binding;
    }

    /// <summary>
    /// The chain of binding actions that ends with <see cref="Last"/> and begins at 0: each begins when the one before it ends, so their
    /// durations sum to the makespan exactly.
    /// </summary>
    public int[] CriticalPath()
    {
        var path = new List<int>();
        for (int action = Last; action >= 0; action = BindingOf(action))
            path.Add(action);
        path.Reverse();
        return [.. path];
    }
}
