using ParallelDag.Durations;
using ParallelDag.Simulation;

namespace ParallelDag;

/// <summary>How requests are served.</summary>
public enum ServingMode
{
    /// <summary>A batch at a time: its prompts, then its tokens.</summary>
    Static,

    /// <summary>Continuous batching on one pool, with chunks of prompts riding along.</summary>
    Aggregated,

    /// <summary>Prompts on one pool, tokens on another.</summary>
    Disaggregated,
}

/// <summary>How a plan is measured and what is served with it. Margins are factors that others hide; here they are named and 1.</summary>
public sealed record MeasureOptions
{
    /// <summary>The order in which streams run their nodes.</summary>
    public StreamSchedule Schedule { get; init; }

    /// <summary>The streams that a GPU has.</summary>
    public StreamAssignment Streams { get; init; }

    /// <summary>How requests are served; null: static on one pool, disaggregated on two.</summary>
    public ServingMode? Serving { get; init; }

    /// <summary>
    /// Aggregated: tokens of a prompt that ride along in one pass of an instance; null: prefill's chunk, else a whole prompt.
    /// </summary>
    public int? Chunk { get; init; }

    /// <summary>Operators that were timed on the plan's GPU; efficiencies are fitted to them first. Null: none.</summary>
    public IReadOnlyList<MeasuredOperator>? Measured { get; init; }

    /// <summary>Factor on the rate of prefill pools (AIConfigurator takes 0.9).</summary>
    public double PrefillMargin { get; init; } = 1;

    /// <summary>Factor on the rate of decode pools (AIConfigurator takes 0.92).</summary>
    public double DecodeMargin { get; init; } = 1;

    /// <summary>Factor on the time to the first token (AIConfigurator takes 1.8).</summary>
    public double TtftMargin { get; init; } = 1;

    /// <summary>How a phase, or a whole graph, is simulated.</summary>
    internal SimulationOptions Simulation(PhaseId? phase = null) =>
        new() { Schedule = Schedule, Streams = Streams, Phase = phase?.Kind, Set = phase?.Set };
}
