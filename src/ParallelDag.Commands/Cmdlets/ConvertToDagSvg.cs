using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;
using ParallelDag.Pictures;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG, or a picture of a plan, into SVG text.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagSvg", DefaultParameterSetName = ByInput)]
[OutputType(typeof(string))]
public sealed class ConvertToDagSvgCommand : ConvertDagCommand
{
    /// <summary>Draw one phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <summary>Draw one stage only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StageCompleter))]
    public int[]? Stage { get; set; }

    /// <summary>Draw a range of layers only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public int[]? Layer { get; set; }

    /// <summary>Whether runs of identical layers are drawn once.</summary>
    [Parameter]
    public Folding Folding { get; set; } = Folding.Auto;

    /// <summary>Nodes to be marked, with the edges between them.</summary>
    [Parameter]
    public DagNode[]? Highlight { get; set; }

    /// <summary>A picture of the plan in place of its graph.</summary>
    [Parameter]
    public PictureKind Picture { get; set; }

    private protected override GraphFormat Format => GraphFormats.Svg;

    private protected override ExportOptions Options(Dag dag) =>
        new() { Drawing = PictureSelection.From(dag, Phase, Stage, Layer, Folding, Highlight) };

    private protected override void Process(DagSource source)
    {
        if (!Given(nameof(Picture)))
        {
            base.Process(source);
            return;
        }

        PlanPicture picture = PictureSelection.OfPlan(Picture, source, out DeploymentPlan plan);
        WriteObject(Await($"Drawing {plan.Name}", token => picture.ToText(new PictureSubject(plan, cancellation: token))));
    }
}
