using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command that chooses nodes or edges of a DAG; it streams, so that the first of millions come at once.</summary>
public abstract class DagFilterCommand : DagChoiceCommand
{
    /// <summary>Operators, by name or pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(OpCompleter))]
    public string[]? Op { get; set; }

    /// <summary>Kinds, by name or pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(KindCompleter))]
    public string[]? Kind { get; set; }

    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <summary>Pipeline stages, from 1.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StageCompleter))]
    public int[]? Stage { get; set; }

    /// <summary>Layers, from 1.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public int[]? Layer { get; set; }

    /// <summary>GPUs; what runs on any of them is chosen.</summary>
    [Parameter]
    [GpuSetTransformation]
    public GpuSet? Gpu { get; set; }

    private protected NodePlace Place => new(Phase, Stage, Layer, Gpu);
}
