using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Benchmarks;

/// <summary>
/// A peer: list scheduling as one writes it with what the base class library has, a PriorityQueue of ends and one of ready actions a
/// stream. The same
/// schedule as <see cref="OverlappedSchedule"/>.
/// </summary>
internal static class EventSimulation
{
    public static long[] Run(ActionSet actions)
    {
        int[] rows = actions.Occupancies.Offsets, streams = actions.Occupancies.Streams;
        int[] waiting = [.. Enumerable.Range(0, actions.Count).Select(actions.Dependencies.InDegree)];
        long[] finish = new long[actions.Count], free = new long[actions.Occupancies.StreamCount];
        var queues = new PriorityQueue<int, int>[free.Length];
        for (int stream = 0; stream < queues.Length; stream++)
            queues[stream] = new PriorityQueue<int, int>();
        var running = new PriorityQueue<int, long>();
        var touched = new HashSet<int>();
        var ready = new Queue<int>(Enumerable.Range(0, actions.Count).Where(action => waiting[action] == 0));
        long now = 0;
        while (true)
        {
            while (ready.TryDequeue(out int action))
            {
                int row = actions.OccupancyIds[action];
                for (int i = rows[row]; i < rows[row + 1]; i++)
                {
                    queues[streams[i]].Enqueue(action, action);
                    touched.Add(streams[i]);
                }

                if (rows[row] == rows[row + 1])
                    Begin(action);
            }

            foreach (int stream in touched)
            {
                if (free[stream] > now || !queues[stream].TryPeek(out int head, out _))
                    continue;
                ReadOnlySpan<int> own = streams.AsSpan(rows[actions.OccupancyIds[head]]..rows[actions.OccupancyIds[head] + 1]);
                bool startable = true;
                foreach (int other in own)
                    startable &= free[other] <= now && queues[other].Peek() == head;
                if (!startable)
                    continue;
                Begin(head);
                foreach (int other in own)
                {
                    queues[other].Dequeue();
                    free[other] = finish[head];
                }
            }

            touched.Clear();
            if (!running.TryPeek(out _, out now))
                return finish;
            while (running.TryPeek(out int ended, out long time) && time == now)
            {
                running.Dequeue();
                int row = actions.OccupancyIds[ended];
                for (int i = rows[row]; i < rows[row + 1]; i++)
                    touched.Add(streams[i]);
                foreach (int link in actions.Dependencies.Out(ended))
                {
                    if (--waiting[Topology.Node(link)] == 0)
                        ready.Enqueue(Topology.Node(link));
                }
            }
        }

        void Begin(int action)
        {
            finish[action] = now + actions.DurationOf(action);
            running.Enqueue(action, finish[action]);
        }
    }
}
