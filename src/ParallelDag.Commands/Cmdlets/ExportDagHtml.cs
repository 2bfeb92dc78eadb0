using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as one interactive page that works offline.</summary>
[Cmdlet(VerbsData.Export, "DagHtml", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagHtmlCommand : ExportPictureCommand
{
    private DagSource? _beside;

    /// <summary>A second plan, DAG or file, which the page shows beside the first, with what differs.</summary>
    [Parameter]
    [ValidateCount(1, 1)]
    [DagInputTransformation]
    public DagInput[]? Beside { get; set; }

    private protected override GraphFormat Format => GraphFormats.Html;

    private protected override (Dag Dag, DeploymentPlan? Plan)? PartnerOf(Dag dag) => Partner(_beside, dag);

    private protected override void Process(DagSource source)
    {
        if (TryOpenBeside(Beside, out _beside))
            base.Process(source);
    }
}
