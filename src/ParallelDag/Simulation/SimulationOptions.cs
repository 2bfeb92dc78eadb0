using ParallelDag.Simulation;

namespace ParallelDag;

/// <summary>How a DAG is simulated.</summary>
public sealed record SimulationOptions
{
    /// <summary>The order in which streams run their nodes.</summary>
    public StreamSchedule Schedule { get; init; } = StreamSchedule.Sequential;

    /// <summary>Which streams nodes occupy.</summary>
    public StreamAssignment Streams { get; init; } = StreamAssignment.Four;

    /// <summary>One phase only: the nodes of others, and the hand-off between phases, then take no time; null: the whole graph.</summary>
    public PhaseKind? Phase { get; init; }

    /// <summary>With <see cref="Phase"/>: one of its sets of instances only, from 1; null: all of them.</summary>
    public int? Set { get; init; }

    /// <summary>True for the nodes of a phase that take time.</summary>
    internal bool Includes(PhaseId? phase) =>
        Phase is not PhaseKind kind || (phase is PhaseId own && own.Kind == kind && (Set is null || own.Set == Set));

    /// <summary>
    /// With <see cref="StreamSchedule.Overlapped"/>: multiprocessors that communication takes away from computation, which is stretched by
    /// <c>132 / (132 - n)</c> (an H100 has 132). Null: as the plan says, whose usual numbers are DeepSeek's, 24 in prefill and none in
    /// decode; none for a graph without a plan.
    /// </summary>
    public int? OverlapSms { get; init; }

    /// <summary>Multiprocessors of the GPU on which <see cref="OverlapSms"/> are counted.</summary>
    public const int Multiprocessors = 132;
}
