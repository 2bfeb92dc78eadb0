using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Tests.Simulation;

/// <summary>
/// Small random sets of actions by seed: chains and forks over a few streams, some actions on several of them, some on none.
/// </summary>
internal static class RandomActions
{
    public static ActionSet Of(int seed, bool shuffled = false)
    {
        var random = new Random(seed);
        int count = random.Next(1, 40), streams = random.Next(1, 6);
        int[] number = [.. Enumerable.Range(0, count)];
        if (shuffled)
            random.Shuffle(number);
        var sources = new List<int>();
        var targets = new List<int>();
        for (int i = random.Next(0, 2 * count); i > 0; i--)
        {
            int a = random.Next(count), b = random.Next(count);
            if (a == b)
                continue;
            sources.Add(number[Math.Min(a, b)]);
            targets.Add(Topology.Pack(number[Math.Max(a, b)], random.Next(5) == 0 ? EdgeKind.Order : EdgeKind.Data));
        }

        // Few durations, so that many things happen at one instant.
        long[] durations = [.. Enumerable.Range(0, 4).Select(_ => (long)random.Next(0, 5))];
        var occupancies = new OccupancyTable(streams);
        int[] occupancyIds = [.. Enumerable.Range(0, count).Select(_ =>
            occupancies.Add([.. Enumerable.Range(0, streams).Where(_ => random.Next(3) == 0)]))];
        return new ActionSet
        {
            Dependencies = Topology.FromEdges(count, [.. sources], [.. targets]),
            Durations = durations,
            DurationIds = [.. Enumerable.Range(0, count).Select(_ => random.Next(durations.Length))],
            Occupancies = occupancies,
            OccupancyIds = occupancyIds,
            IgnoresOrder = seed % 3 == 0,
            Preference = shuffled ? Shuffled(random, count) : null,
        };
    }

    /// <summary>The streams of an action.</summary>
    public static int[] StreamsOf(ActionSet actions, int action)
    {
        int row = actions.OccupancyIds[action];
        return actions.Occupancies.Streams[actions.Occupancies.Offsets[row]..actions.Occupancies.Offsets[row + 1]];
    }

    private static int[] Shuffled(Random random, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }
}
