using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as one interactive page that works offline.</summary>
[Cmdlet(VerbsData.Export, "DagHtml", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagHtmlCommand : ExportPictureCommand
{
    private protected override GraphFormat Format => GraphFormats.Html;
}
