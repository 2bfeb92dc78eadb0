namespace ParallelDag.Simulation;

/// <summary>What ran on each stream, in the order of time: compressed sparse rows of action indices.</summary>
internal sealed class StreamLists
{
    private readonly int[] _offsets;
    private readonly int[] _actions;

    private readonly SimulationRun _run;

    /// <summary>
    /// Lists a run. O(V + occupied streams), with a factor log n for streams whose actions did not run in the order of their indices.
    /// </summary>
    public StreamLists(SimulationRun run, CancellationToken cancellation = default)
    {
        _run = run;
        ActionSet actions = run.Actions;
        int[] rows = actions.Occupancies.Offsets, streams = actions.Occupancies.Streams;
        _offsets = new int[actions.Occupancies.StreamCount + 1];
        foreach (int row in actions.OccupancyIds)
        {
            for (int i = rows[row]; i < rows[row + 1]; i++)
                _offsets[streams[i] + 1] = checked(_offsets[streams[i] + 1] + 1);
        }

        for (int stream = 1; stream < _offsets.Length; stream++)
            _offsets[stream] = checked(_offsets[stream] + _offsets[stream - 1]);
        _actions = new int[_offsets[^1]];
        int[] cursors = _offsets[..^1];
        for (int action = 0; action < actions.Count; action++)
        {
            int row = actions.OccupancyIds[action];
            for (int i = rows[row]; i < rows[row + 1]; i++)
                _actions[cursors[streams[i]]++] = action;
        }

        cancellation.ThrowIfCancellationRequested();
        for (int stream = 0; stream < cursors.Length; stream++)
            Sort(run, _actions.AsSpan(_offsets[stream].._offsets[stream + 1]));
    }

    /// <summary>The actions of a stream by their starts.</summary>
    public ReadOnlySpan<int> Of(int stream) => _actions.AsSpan(_offsets[stream].._offsets[stream + 1]);

    /// <summary>The action on a stream that began last before a time; -1 when there is none. O(log V).</summary>
    public int Before(int stream, long time)
    {
        ReadOnlySpan<int> list = Of(stream);
        int low = 0, high = list.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_run.StartOf(list[middle]) < time)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? -1 : list[low - 1];
    }

    private static void Sort(SimulationRun run, Span<int> list)
    {
        for (int i = 1; i < list.Length; i++)
        {
            if (run.StartOf(list[i]) < run.StartOf(list[i - 1]))
            {
                list.Sort((left, right) => run.StartOf(left).CompareTo(run.StartOf(right)));
                return;
            }
        }
    }
}
