using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Pictures;

namespace ParallelDag.Commands;

/// <summary>Draws a DAG, or a picture of a plan, as SVG.</summary>
[Cmdlet(VerbsData.Export, "DagSvg", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagSvgCommand : ExportPictureCommand
{
    /// <summary>A picture of the plan in place of its graph.</summary>
    [Parameter]
    public PictureKind Picture { get; set; }

    private protected override GraphFormat Format => GraphFormats.Svg;

    private protected override void Process(DagSource source)
    {
        if (!Given(nameof(Picture)))
        {
            base.Process(source);
            return;
        }

        PlanPicture picture = PictureSelection.OfPlan(Picture, source, out DeploymentPlan plan);
        Export(source, picture.FileName(plan.Name), picture.Product, file => (files, token) =>
        {
            var subject = new PictureSubject(plan, cancellation: token);
            new FileOutput(files, file).Write(stream => picture.Write(subject, stream));
        });
    }
}
