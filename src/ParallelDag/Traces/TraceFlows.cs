using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Traces;

/// <summary>
/// Arrows: of a message from the slice of who sends to the slice of who receives, and along the critical path from each node to the next.
/// An arrow has a number of its own, leaves one slice and ends in one, at an instant inside each; what is shorter than a nanosecond has
/// none.
/// </summary>
internal sealed class TraceFlows(SimulationResult result, TraceSelection selection)
{
    private const int Sending = 2, Receiving = 3;

    private readonly DagActions _actions = result.Actions;
    private readonly SimulationRun _run = result.Run;
    private readonly List<TraceEvent> _events = [];
    private int _count;

    /// <summary>All arrows, in the order of a trace.</summary>
    public List<TraceEvent> All()
    {
        if (_actions.StreamKinds > Receiving)
        {
            for (int node = 0; node < _actions.Actions.Count; node++)
            {
                if (_actions.Dag.FactsOf(node).Collective == CollectiveKind.SendRecv && IsDrawn(node))
                    AddMessage(node);
            }
        }

        IReadOnlyList<PathStep> path = result.CriticalPath;
        for (int i = 1; i < path.Count; i++)
            AddStep(path[i - 1].Node.Index, path[i].Node.Index);
        _events.Sort();
        return _events;
    }

    private bool IsDrawn(int node) => selection.Shows(node) && Finish(node) > Start(node);

    /// <summary>Who sends and who receives are paired in their order; where more receive than send, the last sender goes on.</summary>
    private void AddMessage(int node)
    {
        var senders = new List<int>();
        var receivers = new List<int>();
        foreach (int stream in _actions.Actions.StreamsOf(node))
        {
            (stream % _actions.StreamKinds == Sending ? senders : receivers).AddRange(selection.Gpus[stream / _actions.StreamKinds]);
        }

        senders.Sort();
        receivers.Sort();
        for (int i = 0; i < Math.Max(senders.Count, receivers.Count) && senders.Count > 0 && receivers.Count > 0; i++)
        {
            Add(
                Start(node), TraceProcesses.Of(senders[Math.Min(i, senders.Count - 1)]), Sending + 1,
                Finish(node) - 1, TraceProcesses.Of(receivers[Math.Min(i, receivers.Count - 1)]), Receiving + 1);
        }
    }

    private void AddStep(int from, int to)
    {
        if (!IsDrawn(from) || !IsDrawn(to))
            return;
        (int Gpu, int Thread)[] leaving = [.. Places(from).OrderByDescending(place => place.Thread == Receiving + 1)];
        (int Gpu, int Thread)[] entering = [.. Places(to).OrderByDescending(place => place.Thread == Sending + 1)];
        if (leaving.Length == 0 || entering.Length == 0)
            return;

        // On one GPU where that is possible.
        HashSet<int> shared = [.. entering.Select(place => place.Gpu)];
        (int Gpu, int Thread) start = leaving.Where(place => shared.Contains(place.Gpu)).DefaultIfEmpty(leaving[0]).First();
        (int Gpu, int Thread) end = entering.Where(place => place.Gpu == start.Gpu).DefaultIfEmpty(entering[0]).First();
        Add(Finish(from) - 1, TraceProcesses.Of(start.Gpu), start.Thread, Start(to), TraceProcesses.Of(end.Gpu), end.Thread);
    }

    /// <summary>The slices of a node: of each lane that of the first GPU that is shown.</summary>
    private IEnumerable<(int Gpu, int Thread)> Places(int node)
    {
        foreach (int stream in _actions.Actions.StreamsOf(node).ToArray())
        {
            if (selection.Gpus[stream / _actions.StreamKinds] is [int gpu, ..])
                yield return (gpu, (stream % _actions.StreamKinds) + 1);
        }
    }

    private void Add(long start, int startProcess, int startThread, long end, int endProcess, int endThread)
    {
        int number = ++_count;
        _events.Add(new TraceEvent(start, startProcess, startThread, TraceEventKind.FlowStart, Value: number));
        _events.Add(new TraceEvent(end, endProcess, endThread, TraceEventKind.FlowEnd, Value: number));
    }

    private long Start(int node) => TraceEvent.Nanoseconds(_run.StartOf(node));

    private long Finish(int node) => TraceEvent.Nanoseconds(_run.FinishOf(node));
}
