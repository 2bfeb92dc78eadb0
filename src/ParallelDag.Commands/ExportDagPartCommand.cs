using System.Management.Automation;
using ParallelDag.Commands.Completion;

namespace ParallelDag.Commands;

/// <summary>A command that writes a DAG, or a part of it.</summary>
public abstract class ExportDagPartCommand : ExportDagCommand
{
    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <summary>One stage only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StageCompleter))]
    public int[]? Stage { get; set; }

    /// <summary>A range of layers only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public int[]? Layer { get; set; }
}
