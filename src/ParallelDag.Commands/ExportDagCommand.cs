using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Renderings;

namespace ParallelDag.Commands;

/// <summary>A command that writes a DAG in one format.</summary>
public abstract class ExportDagCommand : FileExportCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>The format.</summary>
    private protected abstract GraphFormat Format { get; }

    /// <summary>What is shown.</summary>
    private protected virtual ExportOptions Options(Dag dag) => new();

    /// <summary>A second graph that a page shows, with its plan; null for none.</summary>
    private protected virtual (Dag Dag, DeploymentPlan? Plan)? PartnerOf(Dag dag) => null;

    private protected override bool Keeps(InputFile input) =>
        Format.FileKind != GraphFileKind.None && GraphFile.KindOf(input) == Format.FileKind;

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = Given(nameof(Detail)) ? Detail : source.DetailFor(Format);
        ExportNotes notes = ExportNotes.None;
        Export(source, FileNames.Of(source.Name) + Suffix(source.DetailOf(wanted)) + Format.Extension, Format.Product, file =>
        {
            Dag dag = OpenDag(source, wanted);
            ExportOptions options = Options(dag);
            (Dag, DeploymentPlan?)? beside = PartnerOf(dag);
            return (files, token) => notes = Format.Write(
                dag, new FileOutput(files, file), PlanPage.Complete(Format, dag, source.PlanOf(dag), options, beside, token), token);
        });
        FoldingNote.Report(this, notes.Folded);
        if (notes.LeftOut is string leftOut)
            WriteWarning($"{char.ToUpperInvariant(leftOut[0])}{leftOut[1..]}. -Gpu chooses others, -Force writes all.");
    }

    /// <summary>What stands between the plan's name and the extension in a folder.</summary>
    private static string Suffix(DetailLevel detail) => detail switch
    {
        DetailLevel.Overview => "_simplified",
        DetailLevel.Device => "_device",
        _ => "_deployment",
    };
}
