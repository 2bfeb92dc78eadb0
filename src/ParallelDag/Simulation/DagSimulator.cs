using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Wording;

namespace ParallelDag.Simulation;

/// <summary>Runs a DAG on the streams of its GPUs.</summary>
public static class DagSimulator
{
    /// <summary>
    /// Simulates a DAG. Sequential: O(V + E) and 16 bytes a node beyond the graph; a graph whose indices are no topological order gets one
    /// first.
    /// </summary>
    /// <param name="dag">The graph; its nodes must tell how long they take.</param>
    /// <param name="options">Schedule, assignment of streams, phase.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The graph has no times or has a cycle, or the times pass 106 days.</exception>
    public static SimulationResult Run(Dag dag, SimulationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SimulationOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.OverlapSms ?? 0, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.OverlapSms ?? 0, SimulationOptions.Multiprocessors, nameof(options));
        NodeTimes times = dag.Times ?? throw new InputException(
            $"the graph {dag.Name} does not tell how long its nodes take, so it cannot be simulated; "
            + "give its nodes seconds, or take the plan");
        var actions = new DagActions(dag, times, options);
        try
        {
            SimulationRun run = options.Schedule == StreamSchedule.Overlapped
                ? OverlappedSchedule.Run(actions.Actions, cancellation)
                : SequentialSchedule.Run(actions.Actions, cancellation);
            return new SimulationResult(actions, run, options);
        }
        catch (CycleException)
        {
            const int Named = 3;
            string[] cycle =
                [.. CycleSearch.Find(dag.Topology, cancellation).Select(edge => OneLine.Quote(dag.IdOf(dag.Topology.SourceOf(edge))))];
            string path = string.Join(" -> ", cycle.Take(Named).Append(cycle.Length > Named ? "..." : cycle[0]));
            throw new InputException($"{dag.Name} has nodes that wait for each other ({path}), so no schedule of it ends; break the cycle");
        }
    }
}
