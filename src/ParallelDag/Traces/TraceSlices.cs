using ParallelDag.Simulation;

namespace ParallelDag.Traces;

/// <summary>Slices: of the streams of GPUs, of the critical path, and of each micro-batch on each stage.</summary>
internal sealed class TraceSlices(SimulationResult result, TraceSelection selection, TraceProcesses processes)
{
    private readonly SimulationRun _run = result.Run;

    /// <summary>What a stream of a lane runs, on one of the lane's GPUs. In the order of time, without overlaps.</summary>
    public IEnumerable<TraceEvent> OfStream(int gpu, int stream, int kind)
    {
        int[] nodes = _run.Streams.Of(stream).ToArray();
        foreach (int node in nodes)
        {
            if (selection.Shows(node))
                yield return Slice(node, TraceProcesses.Of(gpu), kind + 1);
        }
    }

    /// <summary>The critical path, one slice behind the other.</summary>
    public IEnumerable<TraceEvent> OfCriticalPath() =>
        result.CriticalPath.Select(step => Slice(step.Node.Index, processes.CriticalPath, 1));

    /// <summary>
    /// A slice for each micro-batch on each stage, from its first node to its last; where micro-batches of a stage overlap, on further
    /// threads.
    /// </summary>
    /// <param name="threads">Receives the names of the threads, thread 1 first.</param>
    /// <param name="names">Receives the names of the slices.</param>
    public List<TraceEvent> OfPlan(List<string> threads, List<string> names)
    {
        var events = new List<TraceEvent>();
        foreach (IGrouping<(PhaseId?, int), StagePass> stage in StagePasses.Of(result).GroupBy(pass => (pass.Phase, pass.Stage)))
        {
            string name = (stage.Key.Item1 is PhaseId phase ? phase.ToName() + " " : "")
                + Wording.Words.Invariant($"stage {stage.Key.Item2}");
            var freeFrom = new List<long>();
            int first = threads.Count;
            foreach (StagePass pass in stage.OrderBy(pass => (pass.Start, pass.MicroBatch)))
            {
                int thread = freeFrom.FindIndex(free => free <= pass.Start);
                if (thread < 0)
                {
                    thread = freeFrom.Count;
                    freeFrom.Add(0);
                    threads.Add(thread == 0 ? name : Wording.Words.Invariant($"{name} ({thread + 1})"));
                }

                freeFrom[thread] = pass.Finish;
                long start = TraceEvent.Nanoseconds(pass.Start), finish = TraceEvent.Nanoseconds(pass.Finish);
                int place = first + thread + 1;
                events.Add(new TraceEvent(start, processes.Plan, place, TraceEventKind.Slice, finish - start, Value: names.Count));
                names.Add(Wording.Words.Invariant($"micro-batch {pass.MicroBatch}"));
            }
        }

        events.Sort();
        return events;
    }

    private TraceEvent Slice(int node, int process, int thread)
    {
        long start = TraceEvent.Nanoseconds(_run.StartOf(node)), finish = TraceEvent.Nanoseconds(_run.FinishOf(node));
        return new TraceEvent(start, process, thread, TraceEventKind.Slice, finish - start, node);
    }
}
