using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Simulation;

namespace ParallelDag.Tests.Simulation;

/// <summary>Both schedules against their definitions, over seeds.</summary>
public class ScheduleTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 50)];

    private static IEnumerable<ActionSet> SetsOf(int seed) =>
        Enumerable.Range(0, 20).Select(i => RandomActions.Of((seed * 20) + i, shuffled: i % 2 == 1));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Sequential_is_what_an_event_simulation_finds(int seed)
    {
        foreach (ActionSet actions in SetsOf(seed))
        {
            if (actions.IgnoresOrder)
                continue;
            Assert.True(TopologicalOrder.TryCompute(actions.Dependencies, out int[] order));
            Assert.Equal(NaiveSimulator.Sequential(actions, order), Finishes(SequentialSchedule.Run(actions)));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Overlapped_is_what_an_event_simulation_finds(int seed)
    {
        foreach (ActionSet actions in SetsOf(seed))
            Assert.Equal(NaiveSimulator.Overlapped(actions), Finishes(OverlappedSchedule.Run(actions)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Critical_path_is_a_chain_from_0_that_sums_to_the_makespan(int seed)
    {
        foreach (ActionSet actions in SetsOf(seed))
        {
            IEnumerable<SimulationRun> runs = actions.IgnoresOrder ? [] : [SequentialSchedule.Run(actions)];
            foreach (SimulationRun run in runs.Append(OverlappedSchedule.Run(actions)))
            {
                int[] path = run.CriticalPath();
                Assert.Equal(run.Last, path[^1]);
                Assert.Equal(run.Makespan, path.Sum(actions.DurationOf));
                Assert.Equal(run.Makespan, Finishes(run).Max());
                Assert.Equal(Array.IndexOf(Finishes(run), run.Makespan), run.Last);
                long now = 0;
                for (int i = 0; i < path.Length; i++)
                {
                    Assert.Equal(now, run.StartOf(path[i]));
                    now = run.FinishOf(path[i]);
                    if (i > 0)
                        Assert.Equal(Binding(run, path[i]), path[i - 1]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Scaling_all_durations_scales_the_makespan(int seed)
    {
        foreach (ActionSet actions in SetsOf(seed))
        {
            // Zero durations on streams become 1 and do not scale.
            ActionSet once = Scaled(actions, 1), thrice = Scaled(actions, 3);
            Assert.Equal(3 * SequentialSchedule.Run(once).Makespan, SequentialSchedule.Run(thrice).Makespan);
            Assert.Equal(3 * OverlappedSchedule.Run(once).Makespan, OverlappedSchedule.Run(thrice).Makespan);
        }

        static ActionSet Scaled(ActionSet actions, long factor) =>
            With(actions, [.. actions.Durations.Select(duration => factor * (duration + 1))]);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Another_edge_never_shortens_a_sequential_run(int seed)
    {
        var random = new Random(seed);
        foreach (ActionSet actions in SetsOf(seed)
            .Where(actions => TopologicalOrder.IsIndexOrder(actions.Dependencies) && actions.Count > 1))
        {
            int target = random.Next(1, actions.Count), source = random.Next(target);
            var edges = Enumerable.Range(0, actions.Dependencies.EdgeCount)
                .Select(edge => (Source: actions.Dependencies.SourceOf(edge), Target: actions.Dependencies.TargetOf(edge)))
                .Append((Source: source, Target: target)).ToArray();
            var more = new ActionSet
            {
                Dependencies =
                    Topology.FromEdges(actions.Count, [.. edges.Select(edge => edge.Source)], [.. edges.Select(edge => edge.Target)]),
                Durations = actions.Durations,
                DurationIds = actions.DurationIds,
                Occupancies = actions.Occupancies,
                OccupancyIds = actions.OccupancyIds,
            };
            long[] before = Finishes(SequentialSchedule.Run(actions)), after = Finishes(SequentialSchedule.Run(more));
            Assert.All(before.Zip(after), pair => Assert.True(pair.First <= pair.Second));
        }
    }

    [Fact]
    public void A_cycle_is_found_by_both()
    {
        var occupancies = new OccupancyTable(1);
        var actions = new ActionSet
        {
            Dependencies = Topology.FromEdges(3, [0, 1, 2], [1, 2, 1]),
            Durations = [1],
            DurationIds = [0, 0, 0],
            Occupancies = occupancies,
            OccupancyIds = [0, 0, 0],
        };
        Assert.Throws<CycleException>(() => SequentialSchedule.Run(actions));
        Assert.Throws<CycleException>(() => OverlappedSchedule.Run(actions));
    }

    [Fact]
    public void Durations_beyond_63_bits_are_refused_and_those_within_are_not()
    {
        Assert.Equal(long.MaxValue / 3 * 3, SequentialSchedule.Run(Chain(long.MaxValue / 3, 3)).Makespan);
        InputException fault = Assert.Throws<InputException>(() => SequentialSchedule.Run(Chain(long.MaxValue / 3, 4)));
        Assert.Contains("106 days", fault.Message, StringComparison.Ordinal);

        static ActionSet Chain(long duration, int count) => new()
        {
            Dependencies = Topology.FromEdges(count, [.. Enumerable.Range(0, count - 1)], [.. Enumerable.Range(1, count - 1)]),
            Durations = [duration],
            DurationIds = new int[count],
            Occupancies = new OccupancyTable(0),
            OccupancyIds = new int[count],
        };
    }

    private static ActionSet With(ActionSet actions, long[] durations) => new()
    {
        Dependencies = actions.Dependencies,
        Durations = durations,
        DurationIds = actions.DurationIds,
        Occupancies = actions.Occupancies,
        OccupancyIds = actions.OccupancyIds,
        IgnoresOrder = actions.IgnoresOrder,
        Preference = actions.Preference,
    };

    private static long[] Finishes(SimulationRun run) => [.. Enumerable.Range(0, run.Actions.Count).Select(run.FinishOf)];

    // The predecessor, else the action on a stream, that ended when this one began: dependency first, then the lowest index.
    private static int Binding(SimulationRun run, int action)
    {
        long start = run.StartOf(action);
        int[] waited = [.. run.Actions.Dependencies.In(action).ToArray().Where(run.Actions.Binds).Select(Topology.Node)
            .Where(source => run.FinishOf(source) == start)];
        if (waited.Length == 0)
        {
            int[] streams = RandomActions.StreamsOf(run.Actions, action);
            waited = [.. Enumerable.Range(0, run.Actions.Count).Where(other => other != action && run.FinishOf(other) == start
                && run.StartOf(other) < start && RandomActions.StreamsOf(run.Actions, other).Intersect(streams).Any())];
        }

        return waited.Min();
    }
}
