using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Exports;

/// <summary>What a format is asked to show; each format reads what it <see cref="GraphFormat.Takes"/>.</summary>
public sealed record ExportOptions
{
    /// <summary>The part of the graph that a picture or a trace shows, and how a picture is drawn.</summary>
    public DrawingOptions Drawing { get; init; } = new();

    /// <summary>What a page tells of the plan beside its graph; null without a plan.</summary>
    public PageContent? Page { get; init; }

    /// <summary>How the graph is simulated where times are shown.</summary>
    public SimulationOptions Simulation { get; init; } = new();

    /// <summary>The GPUs that a trace shows; null: all, or a sample where all are too many.</summary>
    public GpuSet? Gpus { get; init; }

    /// <summary>Writes a trace whole, however large.</summary>
    public bool Whole { get; init; }

    /// <summary>How traces for simulators are written.</summary>
    public ChakraOptions Chakra { get; init; } = new();
}

/// <summary>What a format has a use for, beyond the graph.</summary>
[Flags]
public enum ExportChoices
{
    /// <summary>Nothing: it carries the whole graph.</summary>
    None = 0,

    /// <summary>One phase of a graph that was read from a file.</summary>
    Phase = 1,

    /// <summary>One stage, some layers.</summary>
    Part = 2,

    /// <summary>Whether identical layers are drawn once.</summary>
    Folding = 4,

    /// <summary>Some GPUs, or all however many.</summary>
    Gpus = 8,

    /// <summary>A schedule of the simulation.</summary>
    Schedule = 16,

    /// <summary>Control dependencies and names of traces for simulators.</summary>
    Control = 32,
}

/// <summary>What an export left out.</summary>
/// <param name="Folded">The layers that a picture drew once for several.</param>
/// <param name="LeftOut">What else is not shown though nobody asked for that, in words; null when nothing.</param>
public sealed record ExportNotes(IReadOnlyList<FoldedRun> Folded, string? LeftOut = null)
{
    /// <summary>What will be misunderstood by who reads the files, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Nothing was left out.</summary>
    public static ExportNotes None { get; } = new([]);
}
