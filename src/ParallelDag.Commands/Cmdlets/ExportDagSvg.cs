using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Draws a DAG as an SVG picture.</summary>
[Cmdlet(VerbsData.Export, "DagSvg", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagSvgCommand : ExportPictureCommand
{
    private protected override GraphFormat Format => GraphFormats.Svg;
}
