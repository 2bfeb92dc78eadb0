using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Draws a DAG as an SVG picture.</summary>
[Cmdlet(VerbsData.Export, "DagSvg", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagSvgCommand : ExportDagCommand
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

    private protected override string Extension => ".svg";

    private protected override string Product => "an SVG picture";

    private protected override Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source)
    {
        DrawingOptions options = PictureOptions.From(Phase, Stage, Layer, Folding);
        Drawing drawing = Await($"Laying out {dag.Name}", token => DagLayout.Arrange(dag, options, token));
        ReportFolding(this, drawing, Folding);
        return (stream, token) => SvgWriter.Write(drawing, stream, token);
    }

    /// <summary>Tells what is not drawn: aloud when it was our choice, under -Verbose when it was asked for.</summary>
    internal static void ReportFolding(Cmdlet cmdlet, Drawing drawing, Folding asked)
    {
        if (drawing.FoldedRuns.Count == 0)
            return;
        string text = $"Identical layers are drawn once ({string.Join("; ", drawing.FoldedRuns)}).";
        if (asked == Folding.Auto)
            cmdlet.WriteWarning(text + " -Folding Never draws them all.");
        else
            cmdlet.WriteVerbose(text);
    }
}
