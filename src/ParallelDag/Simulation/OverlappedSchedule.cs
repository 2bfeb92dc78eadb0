using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Simulation;

/// <summary>
/// A work-conserving, non-preemptive list schedule. Actions whose predecessors have ended wait in a queue of each of their streams, in the
/// order of preference. At an instant first everything that ends then is taken; then every action starts that is the head of all its
/// streams' queues while all of them are idle. The result does not depend on the order in which starts are looked for, since two actions
/// that can start share no stream; and there is no deadlock: nothing is held while waiting, and the most preferred action that is ready is
/// head everywhere. O(E + occupied streams * log V) time.
/// </summary>
/// <remarks>
/// Not monotone: a shorter duration or one edge fewer may lengthen it (Graham, "Bounds on multiprocessing timing anomalies", 1969).
/// </remarks>
internal sealed class OverlappedSchedule
{
    private readonly ActionSet _actions;
    private readonly int[] _rows;
    private readonly int[] _streamsOf;
    private readonly int[] _occupancyIds;
    private readonly long[] _finishes;

    // How many predecessors of an action have not ended; once it runs, the next action that ends with it.
    private readonly int[] _waiting;

    // Place of an action in the order of preference; null: its index.
    private readonly int[]? _places;

    private readonly IntHeap[] _queues;
    private readonly long[] _freeFrom;
    private readonly FinishHeap _running;

    // The streams on which something may have become able to start.
    private readonly List<int> _touched = [];
    private readonly bool[] _isTouched;
    private readonly Stack<int> _instant = new();
    private int _ended;

    private OverlappedSchedule(ActionSet actions)
    {
        _actions = actions;
        _rows = actions.Occupancies.Offsets;
        _streamsOf = actions.Occupancies.Streams;
        _occupancyIds = actions.OccupancyIds;
        _finishes = new long[actions.Count];
        _waiting = new int[actions.Count];
        _running = new FinishHeap(_waiting);
        int streams = actions.Occupancies.StreamCount;
        _queues = new IntHeap[streams];
        _freeFrom = new long[streams];
        _isTouched = new bool[streams];
        if (actions.Preference is int[] preference)
        {
            _places = new int[preference.Length];
            for (int place = 0; place < preference.Length; place++)
                _places[preference[place]] = place;
        }
    }

    /// <summary>Runs the actions.</summary>
    /// <exception cref="CycleException">Actions wait for each other.</exception>
    public static SimulationRun Run(ActionSet actions, CancellationToken cancellation = default)
    {
        actions.RequireSummable();
        var schedule = new OverlappedSchedule(actions);
        schedule.RunAll(cancellation);
        return new SimulationRun(actions, schedule._finishes);
    }

    private void RunAll(CancellationToken cancellation)
    {
        Topology graph = _actions.Dependencies;
        var ready = new List<int>();
        for (int action = 0; action < _waiting.Length; action++)
        {
            foreach (int link in graph.In(action))
                _waiting[action] += _actions.Binds(link) ? 1 : 0;
            if (_waiting[action] == 0)
                ready.Add(action);
        }

        foreach (int action in ready)
            MakeReady(action, 0);

        EndInstant(0);
        StartAll(0);
        for (int step = 0; _running.Count > 0; step++)
        {
            if (step % (TopologicalOrder.CancellationStride / 16) == 0)
                cancellation.ThrowIfCancellationRequested();
            long now = _running.FirstTime;
            while (_running.Count > 0 && _running.FirstTime == now)
            {
                for (int action = _running.Pop(); action >= 0; action = _running.Next(action))
                    End(action, now);
            }

            EndInstant(now);
            StartAll(now);
        }

        if (_ended < _actions.Count)
            throw new CycleException();
    }

    /// <summary>Takes what ends at an instant because it takes no time.</summary>
    private void EndInstant(long now)
    {
        while (_instant.TryPop(out int action))
            End(action, now);
    }

    private void End(int action, long now)
    {
        _ended++;
        foreach (int stream in StreamsOf(action))
            Touch(stream);
        foreach (int link in _actions.Dependencies.Out(action))
        {
            int target = Topology.Node(link);
            if (_actions.Binds(link) && --_waiting[target] == 0)
                MakeReady(target, now);
        }
    }

    /// <summary>Queues an action whose predecessors have ended; one that occupies nothing begins at once.</summary>
    private void MakeReady(int action, long now)
    {
        ReadOnlySpan<int> streams = StreamsOf(action);
        if (streams.IsEmpty)
        {
            Begin(action, now);
            return;
        }

        int place = _places is null ? action : _places[action];
        foreach (int stream in streams)
        {
            _queues[stream].Push(place);
            Touch(stream);
        }
    }

    private void StartAll(long now)
    {
        foreach (int stream in _touched)
        {
            _isTouched[stream] = false;
            TryStart(stream, now);
        }

        _touched.Clear();
    }

    /// <summary>Starts the head of a stream's queue if it is the head of all its streams' queues, and all are idle.</summary>
    private void TryStart(int stream, long now)
    {
        if (_freeFrom[stream] > now || _queues[stream].Count == 0)
            return;
        int place = _queues[stream].First;
        int action = _places is null ? place : _actions.Preference![place];
        ReadOnlySpan<int> streams = StreamsOf(action);
        foreach (int other in streams)
        {
            if (_freeFrom[other] > now || _queues[other].First != place)
                return;
        }

        Begin(action, now);
        foreach (int other in streams)
        {
            _queues[other].Pop();
            _freeFrom[other] = _finishes[action];
        }
    }

    private void Begin(int action, long now)
    {
        _finishes[action] = now + _actions.DurationOf(action);
        if (_finishes[action] == now)
            _instant.Push(action);
        else
            _running.Push(_finishes[action], action);
    }

    private void Touch(int stream)
    {
        if (_isTouched[stream])
            return;
        _isTouched[stream] = true;
        _touched.Add(stream);
    }

    private ReadOnlySpan<int> StreamsOf(int action)
    {
        int row = _occupancyIds[action];
        return _streamsOf.AsSpan(_rows[row], _rows[row + 1] - _rows[row]);
    }
}
