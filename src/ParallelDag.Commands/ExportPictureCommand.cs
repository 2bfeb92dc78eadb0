using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>A command that draws a DAG, or a part of it.</summary>
public abstract class ExportPictureCommand : ExportDagPartCommand
{
    /// <summary>Whether runs of identical layers are drawn once.</summary>
    [Parameter]
    public Folding Folding { get; set; } = Folding.Auto;

    /// <summary>Nodes to be marked, with the edges between them.</summary>
    [Parameter]
    public DagNode[]? Highlight { get; set; }

    private protected override ExportOptions Options(Dag dag) =>
        new() { Drawing = PictureSelection.From(dag, Phase, Stage, Layer, Folding, Highlight) };
}
