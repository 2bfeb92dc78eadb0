using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Layouts;
using ParallelDag.Readers;

namespace ParallelDag.Commands;

/// <summary>A command that writes a DAG in one format.</summary>
public abstract class ExportDagCommand : FileExportCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>The format.</summary>
    private protected abstract GraphFormat Format { get; }

    /// <summary>What a picture shows; other formats carry the whole graph.</summary>
    private protected virtual DrawingOptions Drawing(Dag dag) => new();

    private protected override bool Keeps(InputFile input) =>
        Format.FileKind != GraphFileKind.None && GraphFile.KindOf(input) == Format.FileKind;

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = MyInvocation.BoundParameters.ContainsKey(nameof(Detail)) ? Detail : null;
        IReadOnlyList<FoldedRun> folded = [];
        Folding asked = Folding.Auto;
        Export(source, source.Name + Suffix(source.DetailOf(wanted)) + Format.Extension, Format.Product, file =>
        {
            Dag dag = OpenDag(source, wanted);
            DrawingOptions drawing = Drawing(dag);
            asked = drawing.Folding;
            return (files, token) => folded = Format.Write(dag, new FileOutput(files, file), drawing, token);
        });
        FoldingNote.Report(this, folded, asked);
    }

    /// <summary>What stands between the plan's name and the extension in a folder.</summary>
    private static string Suffix(DetailLevel detail) => detail switch
    {
        DetailLevel.Overview => "_simplified",
        DetailLevel.Device => "_device",
        _ => "_deployment",
    };
}
