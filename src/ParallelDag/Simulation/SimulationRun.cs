namespace ParallelDag.Simulation;

/// <summary>
/// When every action ran. Beyond the graph this is all that a simulation keeps: 20 bytes an action (end, binding predecessor, and the
/// two indices of <see cref="ActionSet"/>).
/// </summary>
internal sealed class SimulationRun
{
    private readonly long[] _finishes;
    private readonly int[] _bindings;

    public SimulationRun(ActionSet actions, long[] finishes, int[] bindings)
    {
        Actions = actions;
        _finishes = finishes;
        _bindings = bindings;
        for (int action = 0; action < finishes.Length; action++)
        {
            if (Last < 0 || finishes[action] > Makespan)
                (Last, Makespan) = (action, finishes[action]);
        }
    }

    /// <summary>What ran.</summary>
    public ActionSet Actions { get; }

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
    /// with the lowest index. -1 for an action that began at 0.
    /// </summary>
    public int BindingOf(int action) => _bindings[action];

    /// <summary>
    /// The chain of binding actions that ends with <see cref="Last"/> and begins at 0: each begins when the one before it ends, so their
    /// durations sum to the makespan exactly.
    /// </summary>
    public int[] CriticalPath()
    {
        var path = new List<int>();
        for (int action = Last; action >= 0; action = _bindings[action])
            path.Add(action);
        path.Reverse();
        return [.. path];
    }
}
