namespace ParallelDag.Traces;

/// <summary>What an event of a trace is; where several fall on one instant of one thread they are written in this order.</summary>
internal enum TraceEventKind
{
    /// <summary>Something that takes time (<c>X</c>).</summary>
    Slice,

    /// <summary>An arrow leaves the slice that is open (<c>s</c>).</summary>
    FlowStart,

    /// <summary>An arrow ends in the slice that is open (<c>f</c>, bound to the enclosing slice).</summary>
    FlowEnd,

    /// <summary>The value of a counter from here on (<c>C</c>).</summary>
    Counter,
}

/// <summary>One event of a trace; times in whole nanoseconds, so that no rounding of a reader makes neighbours overlap.</summary>
/// <param name="Time">When.</param>
/// <param name="Process">Its process: a GPU, the plan, the critical path.</param>
/// <param name="Thread">Its thread in that process.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Duration">How long a slice takes.</param>
/// <param name="Node">The node of a slice; -1 for one that has a name of its own.</param>
/// <param name="Value">Number of an arrow, or of the name, or index of a counter.</param>
/// <param name="Amount">Value of a counter.</param>
internal readonly record struct TraceEvent(
    long Time, int Process, int Thread, TraceEventKind Kind, long Duration = 0, int Node = -1, int Value = 0, long Amount = 0)
    : IComparable<TraceEvent>
{
    /// <summary>Orders as a trace lists them: by time, process, thread and kind.</summary>
    public int CompareTo(TraceEvent other) =>
        (Time, Process, Thread, Kind, Value).CompareTo((other.Time, other.Process, other.Thread, other.Kind, other.Value));

    /// <summary>Whole nanoseconds of a time: earlier ones never become later than later ones.</summary>
    public static long Nanoseconds(long picoseconds) => picoseconds / 1000;
}
