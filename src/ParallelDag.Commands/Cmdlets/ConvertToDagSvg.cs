using System.Management.Automation;
using System.Text;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Exports;
using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into SVG text.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagSvg")]
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

    private protected override string Convert(Dag dag)
    {
        DrawingOptions options = PictureOptions.From(Phase, Stage, Layer, Folding);
        Drawing drawing = Await($"Laying out {dag.Name}", token => DagLayout.Arrange(dag, options, token));
        ExportDagSvgCommand.ReportFolding(this, drawing, Folding);
        return Await($"Drawing {dag.Name}", token =>
        {
            using var stream = new MemoryStream();
            SvgWriter.Write(drawing, stream, token);
            return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
        });
    }
}
