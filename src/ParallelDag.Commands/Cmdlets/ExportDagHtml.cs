using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as one interactive page that works offline.</summary>
[Cmdlet(VerbsData.Export, "DagHtml", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagHtmlCommand : ExportDagCommand
{
    /// <summary>Show one phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <summary>Show one stage only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StageCompleter))]
    public int[]? Stage { get; set; }

    /// <summary>Show a range of layers only.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public int[]? Layer { get; set; }

    /// <summary>Whether runs of identical layers are drawn once.</summary>
    [Parameter]
    public Folding Folding { get; set; } = Folding.Auto;

    private protected override string Extension => ".html";

    private protected override string Product => "an interactive page";

    private protected override Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source)
    {
        DrawingOptions options = PictureOptions.From(Phase, Stage, Layer, Folding);
        return (stream, token) => HtmlWriter.Write(dag, stream, options, token);
    }
}
