using ParallelDag.Graphs;

namespace ParallelDag.Simulation;

/// <summary>
/// What the core of the simulation takes: actions 0..n-1, what each waits for, how long it takes and which streams it occupies meanwhile.
/// It knows nothing of GPUs and operators, so that every assignment of resources runs through the same code.
/// </summary>
internal sealed class ActionSet
{
    /// <summary>Which actions wait for which.</summary>
    public required Topology Dependencies { get; init; }

    /// <summary>The distinct durations, in picoseconds.</summary>
    public required long[] Durations { get; init; }

    /// <summary>Index of each action's duration.</summary>
    public required int[] DurationIds { get; init; }

    /// <summary>The distinct sets of streams.</summary>
    public required OccupancyTable Occupancies { get; init; }

    /// <summary>Index of each action's set of streams.</summary>
    public required int[] OccupancyIds { get; init; }

    /// <summary>The actions in the order in which <see cref="OverlappedSchedule"/> prefers them; null: by index.</summary>
    public int[]? Preference { get; init; }

    /// <summary>
    /// True where edges of kind <see cref="EdgeKind.Order"/> bind nobody: they say in which order a stage takes its micro-batches, which a
    /// schedule that overlaps micro-batches decides itself.
    /// </summary>
    public bool IgnoresOrder { get; init; }

    /// <summary>How many actions there are.</summary>
    public int Count => DurationIds.Length;

    /// <summary>
    /// The duration of an action: at least 1 where it occupies a stream, so that a stream never runs two actions at one instant.
    /// </summary>
    public long DurationOf(int action)
    {
        long duration = Durations[DurationIds[action]];
        return duration == 0 && OccupancyIds[action] != 0 ? 1 : duration;
    }

    /// <summary>The streams that an action occupies.</summary>
    public ReadOnlySpan<int> StreamsOf(int action) => Occupancies[OccupancyIds[action]];

    /// <summary>True when an action waits for the other end of a link.</summary>
    public bool Binds(int link) => !IgnoresOrder || Topology.Kind(link) != EdgeKind.Order;

    /// <summary>Makes sure that no time can pass 2^63, which all durations together bound. O(1), O(V) for absurd durations.</summary>
    /// <exception cref="InputException">They do.</exception>
    public void RequireSummable()
    {
        if (Durations.Length == 0 || (UInt128)(ulong)Durations.Max() * (ulong)Count < long.MaxValue / 2)
            return;
        UInt128 sum = 0;
        for (int action = 0; action < Count; action++)
            sum += (ulong)DurationOf(action);
        if (sum > long.MaxValue)
            throw new InputException("the durations sum to more than 106 days, which cannot be simulated; check their unit");
    }
}
